"""CIFAR-10: 60,000 images of 32 x 32 pixels in ten classes (Krizhevsky 2009), in the binary layout."""
import logging
import tarfile

import numpy as np

from ..support import fetch
from ..support.locate import offline, root
from .idx import CorruptFile, corrupt
from .image_array import ImageArray

URL = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'
# name, bytes, sha256
ARCHIVE = ('cifar-10-binary.tar.gz', 170052171, 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd')
FOLDER = 'cifar-10-batches-bin'
FILES = {'train': [f'data_batch_{number}.bin' for number in range(1, 6)], 'test': ['test_batch.bin']}
CLASSES = ('airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck')
RECORD = 1 + 32 * 32 * 3     # bytes: a label, then the red, green and blue planes
COUNT = {'train': 50_000, 'test': 10_000}

log = logging.getLogger('gluon_gan')


def cifar10(split='train', size=32, download=None):
    """CIFAR-10: small photographs of ten classes of objects and animals.

    Parameters
    ----------
    split : str
        'train' (50,000) or 'test' (10,000).
    size : int
        Pixels a side; only 32, the original size.
    download : bool, optional
        If the files are not in ``root()/'cifar10'``, they are downloaded (170 MB), unless this is False or
        ``GLUON_GAN_OFFLINE=1``. There is no stand-in.

    Returns
    -------
    ImageArray
        ``(N, 32, 32, 3)`` uint8, with `.labels` and `.classes`. The name says if only a part of the set is available.

    Raises
    ------
    ValueError, CorruptFile
        If there is no such split or size, or the content of a file is not what its name promises.
    FileNotFoundError, DownloadError
        If the files are missing, and the download is not allowed or fails.
    """
    if split not in FILES:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, FILES))}')
    if size != 32:
        raise ValueError(f'size={size!r} must be 32, the size of CIFAR-10')
    source = find(root() / 'cifar10') or _download(download)
    content = b''.join(_content(source, name) for name in FILES[split])
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise corrupt(source, f'holds the label {labels.max()}, and the labels of CIFAR-10 are 0 to 9')
    images = np.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    part = f'{len(images):,} of {COUNT[split]:,}' if len(images) < COUNT[split] else f'{len(images):,}'
    return ImageArray(images, f'cifar10 {split} ({part} pictures)', False, labels, classes=CLASSES)


def find(folder):
    """The path of the folder of unpacked files, or of the archive; None if there is neither."""
    for place in (folder / FOLDER, folder):
        if (place / 'test_batch.bin').is_file():
            return place
    archives = sorted(folder.glob('cifar-10-binary*.tar.gz')) + sorted(folder.glob('cifar-10-binary*.tar'))
    return archives[0] if archives else None


def _download(allowed):
    name, size, sha256 = ARCHIVE
    if allowed is False or (allowed is None and offline()):
        place = root() / 'cifar10'
        raise FileNotFoundError(f'no CIFAR-10 in {place}: go online, or put {name} there (datasets/cifar10.md)')
    log.info('cifar10: downloading %s, %.0f MB', name, size / 1e6)
    return fetch.download(URL, root() / 'cifar10' / name, sha256, size)


def _content(source, name):
    """Read one file, which holds a whole number of records."""
    try:
        if source.is_dir():
            content = (source / name).read_bytes()
        else:
            with tarfile.open(source) as archive:
                content = archive.extractfile(f'{FOLDER}/{name}').read()
    except (KeyError, FileNotFoundError):
        raise CorruptFile(f'{source} holds no {name}: get it again') from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CorruptFile(f'{source} cannot be read ({error}): get it again') from error
    if not content or len(content) % RECORD:
        raise corrupt(source, f'holds {len(content):,} bytes in {name}, which is not a whole number of images')
    return content
