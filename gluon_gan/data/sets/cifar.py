"""CIFAR-10: 60,000 images of 32 x 32 pixels in ten classes (Krizhevsky 2009), in the binary or the Python layout."""
import logging
import tarfile
import zlib

import numpy as np

from ...support import fetch, pickles
from ...support.checks import one_of, shown
from ...support.layouts import child, locate, unread
from ...support.locate import offline, root
from ..idx import CorruptFile, corrupt
from ..image_array import ImageArray

URL = 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'
# name, bytes, sha256
ARCHIVE = ('cifar-10-binary.tar.gz', 170052171, 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd')
FOLDERS = ('cifar-10-batches-bin', 'cifar-10-batches-py')
ALIASES = ('cifar-10-python', 'cifar-10-binary', 'cifar-10-batches-bin', 'cifar-10-batches-py',
           'cifar-10-batches-py-target')     # other names of the folder: what the archives and Keras unpack to
ARCHIVES = ('cifar-10-binary*.tar.gz', 'cifar-10-binary*.tar', 'cifar-10-python*.tar.gz', 'cifar-10-python*.tar',
            'cifar-10-batches-py*.tar.gz')   # the last is Keras' name
UNREAD = '^(?!.*cifar100).*cifar'            # names that seem to belong to CIFAR-10, simplified
FILES = {'train': [f'data_batch_{number}.bin' for number in range(1, 6)], 'test': ['test_batch.bin']}
CLASSES = ('airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck')
RECORD = 1 + 32 * 32 * 3     # bytes: a label, then the red, green and blue planes
AGAIN = 'get it again, as datasets/cifar10.md describes'
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
        If the files are not in the data root, they are downloaded (170 MB), unless this is False or
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
    one_of('split', split, FILES)
    if not isinstance(size, int) or size != 32:
        raise ValueError(f'size={shown(size)} must be 32, the size of CIFAR-10')
    source = available() or _download(download)
    contents = _contents(source, FILES[split])
    records = np.concatenate([_records(source, name, contents) for name in FILES[split]])
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise corrupt(source, f'holds the label {labels.max()}, and the labels of CIFAR-10 are 0 to 9', AGAIN)
    images = np.ascontiguousarray(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    part = f'{len(images):,} of {COUNT[split]:,}' if len(images) < COUNT[split] else f'{len(images):,}'
    return ImageArray(images, f'cifar10 {split} ({part} pictures)', False, labels, classes=CLASSES)


def available():
    """The path of the folder of unpacked files or of the archive in the data root; None if there is neither."""
    return locate(find, 'cifar10', *ALIASES) or find(root())      # torchvision and Keras use no folder of the set


def find(folder):
    """The path of the unpacked files in a folder, or of the archive; None if there is neither."""
    nested = [folder / 'cifar-10-python' / name for name in FOLDERS]           # as Kaggle's archive unpacks
    places = [*(folder / name for name in FOLDERS), folder, *nested]
    complete = next((place for place in places if child(place, 'test_batch.bin', 'test_batch')), None)
    archives = (path for pattern in ARCHIVES for path in sorted(folder.glob(pattern)) if path.is_file())
    partial = (place for place in places if child(place, 'data_batch_1.bin', 'data_batch_1'))
    return complete or next(archives, None) or next(partial, None)


def is_read(path):
    """Whether a path is the name of a file of CIFAR-10."""
    return path.name.removesuffix('.bin') in (*(name[:-4] for names in FILES.values() for name in names),
                                              'batches.meta', 'batches.meta.txt')


def _download(allowed):
    name, size, sha256 = ARCHIVE
    if allowed is False or (allowed is None and offline()):
        place = root() / 'cifar10'
        other = unread(UNREAD, is_read)
        raise FileNotFoundError(f'no CIFAR-10 in {place}{other and f", and these files are not read: {other}"}: '
                                f'go online, or put {name} there (datasets/cifar10.md)')
    log.info('cifar10: downloading %s, %.0f MB', name, size / 1e6)
    return fetch.download(URL, root() / 'cifar10' / name, sha256, size)


def _contents(source, names):
    """{name: content} of those files that a folder or an archive holds, with '.bin' or as pickles without a suffix."""
    wanted = {*names, *(name.removesuffix('.bin') for name in names)}
    contents = {}
    try:
        if source.is_dir():
            return {name: (source / name).read_bytes() for name in wanted if (source / name).is_file()}
        with tarfile.open(source) as archive:
            for info in archive:
                name = info.name.rpartition('/')[2]
                if info.isfile() and name in wanted:
                    contents[name] = archive.extractfile(info).read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise CorruptFile(f'{source} cannot be read ({error}): get it again') from error
    return contents


def _records(source, name, contents):
    """One file as ``(N, RECORD)`` uint8: a label, then the pixels."""
    if name in contents:
        content = contents[name]
        if not content or len(content) % RECORD:
            raise corrupt(source, f'holds {len(content):,} bytes in {name}, which is not a whole number of images',
                          AGAIN)
        return np.frombuffer(content, np.uint8).reshape(-1, RECORD)
    pickled = name.removesuffix('.bin')
    if pickled not in contents:
        raise CorruptFile(f'{source} holds no {name} and no {pickled}: get it again')
    try:
        batch = pickles.read(contents[pickled])
    except pickles.Refused as error:
        raise corrupt(source, f'holds {pickled}, which {error}', AGAIN) from None
    batch = {key.decode() if isinstance(key, bytes) else key: value for key, value in batch.items()} \
        if isinstance(batch, dict) else {}
    pixels, labels = batch.get('data'), batch.get('labels')
    if not (isinstance(pixels, np.ndarray) and pixels.ndim == 2 and pixels.shape[1] == RECORD - 1 and len(pixels)):
        raise corrupt(source, f'holds no images of 3,072 bytes as data in {pickled}', AGAIN)
    if not (isinstance(labels, list) and len(labels) == len(pixels)
            and all(type(label) is int and 0 <= label <= 255 for label in labels)):
        raise corrupt(source, f'holds {pickled} without one label for each of its {len(pixels):,} images', AGAIN)
    return np.concatenate([np.array(labels, np.uint8)[:, None], pixels], axis=1)
