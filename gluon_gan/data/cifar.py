"""CIFAR-10: 60,000 pictures of 32 x 32 pixels in ten classes (Krizhevsky 2009), in the binary layout."""
import logging
import tarfile

import numpy as np

from . import fetch
from .idx import CorruptFile, corrupt
from .images import ImageArray
from .locate import offline, root

URL = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'
ARCHIVE = ('cifar-10-binary.tar.gz', 170052171, 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd')     # name, bytes, sha256
FOLDER = 'cifar-10-batches-bin'
FILES = {'train': [f'data_batch_{number}.bin' for number in range(1, 6)], 'test': ['test_batch.bin']}
CLASSES = ('airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck')
RECORD = 1 + 32 * 32 * 3     # a label, then the planes R, G and B
COUNT = {'train': 50_000, 'test': 10_000}

log = logging.getLogger('gluon_gan')


def cifar10(split='train', size=32, download=None):
    """Small photographs of ten things.

    Parameters
    ----------
    split : str
        'train' (50,000) or 'test' (10,000).
    size : int
        32, as they are.
    download : bool, optional
        What to do where the files are not under ``root()/'cifar10'``. They are downloaded (170 MB) unless this is False or
        ``GLUON_GAN_OFFLINE=1``. There is no stand-in.

    Returns
    -------
    ImageArray
        ``(N, 32, 32, 3)`` uint8, with labels and `.classes`. The name says where it is only a part.

    Raises
    ------
    ValueError
        For another split or size.
    CorruptFile
        If a file is not what its name says.
    FileNotFoundError, DownloadError
        If the files are missing and may or can not be downloaded.
    """
    if split not in FILES:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, FILES))}')
    if size != 32:
        raise ValueError(f'size={size!r} must be 32, as CIFAR-10 is')
    source = find(root() / 'cifar10') or _get(download)
    content = b''.join(_content(source, name) for name in FILES[split])
    records = np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise corrupt(source, f'holds the label {labels.max()}, and CIFAR-10 has ten classes')
    images = np.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    part = f'{len(images):,} of {COUNT[split]:,}' if len(images) < COUNT[split] else f'{len(images):,}'
    return ImageArray(images, f'cifar10 {split} ({part} pictures)', False, labels, classes=CLASSES)


def find(folder):
    """The folder of unpacked files, or a tar of them, or None."""
    for place in (folder / FOLDER, folder):
        if (place / 'test_batch.bin').is_file():
            return place
    archives = sorted(folder.glob('cifar-10-binary*.tar.gz')) + sorted(folder.glob('cifar-10-binary*.tar'))
    return archives[0] if archives else None


def _get(download):
    name, size, sha256 = ARCHIVE
    if download is False or (download is None and offline()):
        raise FileNotFoundError(f"there is no CIFAR-10 in {root() / 'cifar10'}: go online, or put {name} there as datasets/cifar10.md says")
    log.info('cifar10: downloading %s, %.0f MB', name, size / 1e6)
    return fetch.download(URL, root() / 'cifar10' / name, sha256, size)


def _content(source, name):
    """The bytes of one file, a whole number of records."""
    try:
        if source.is_dir():
            content = (source / name).read_bytes()
        else:
            with tarfile.open(source) as archive:
                content = archive.extractfile(f'{FOLDER}/{name}').read()
    except (KeyError, FileNotFoundError):
        raise CorruptFile(f'{source} holds no {name}: get it anew') from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CorruptFile(f'{source} cannot be read ({error}): get it anew') from error
    if not content or len(content) % RECORD:
        raise corrupt(source, f'holds {len(content):,} bytes in {name}, which is no whole number of pictures')
    return content
