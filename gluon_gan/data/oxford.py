"""Oxford's flowers: 17 categories of 80 pictures (Nilsback and Zisserman 2006), and 102 categories (the same, 2008)."""
import re
from functools import partial

import numpy as np

from . import fetch
from .cache import decoded
from .containers import Container
from .idx import corrupt
from .images import ImageArray
from .locate import offline, root

HOME = 'https://www.robots.ox.ac.uk/~vgg/data/flowers/'
ARCHIVE17 = ('17/17flowers.tgz', 'md5', 'b59a65d8d1a99cd66944d474e1289eab')       # address, kind of checksum, checksum
ARCHIVES102 = [('102/102flowers.tgz', 'sha256', '2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246'),
               ('102/imagelabels.mat', 'md5', 'e0620be6f572b9609742df49c70aed4d'),
               ('102/setid.mat', 'md5', 'a5357ecc9cb78c4bef273ce3793fc85c')]
CLASSES17 = ('daffodil', 'snowdrop', 'lily of the valley', 'bluebell', 'crocus', 'iris', 'tiger lily', 'tulip', 'fritillary', 'sunflower',
             'daisy', "colt's foot", 'dandelion', 'cowslip', 'buttercup', 'windflower', 'pansy')
SPLITS102 = {'train': 'trnid', 'valid': 'valid', 'test': 'tstid'}      # 1,020, 1,020 and 6,149: the largest part is to test on
NUMBER = re.compile(r'image_(\d+)\.jpg$')


def flowers17(split='all', size=64, download=None):
    """Photographs of 17 flowers common in Britain, the largest square in the middle of each.

    Parameters
    ----------
    split : str
        'all' 1,360. (The original has three random splits and no official one.)
    size : int
        Pixels a side.
    download : bool, optional
        What to do where nothing lies under ``root()/'flowers17'``: it is downloaded (60 MB) unless this is False or
        ``GLUON_GAN_OFFLINE=1``. There is no stand-in.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8, with labels (80 pictures a class, in turn) and `.classes`.

    Raises
    ------
    ValueError
        For another split.
    FileNotFoundError, DownloadError
        If it is missing and may or can not be downloaded.
    """
    if split not in ('all', 'train'):
        raise ValueError(f"split={split!r} must be 'all' or 'train', which is all: there is no official split")
    source = find17(root() / 'flowers17') or _get('flowers17', [ARCHIVE17], download)
    images, numbers = _decoded(source, size, 'flowers17')
    labels = (numbers - 1) // 80
    if labels.max() >= len(CLASSES17):
        raise corrupt(source, f'holds a picture {numbers.max()}, and there are {80 * len(CLASSES17):,}')
    return ImageArray(images, f'flowers17 ({len(images):,} of 1,360 pictures)', False, labels, classes=CLASSES17)


def flowers102(split='train', size=64, download=None):
    """Photographs of 102 flowers, the largest square in the middle of each.

    Parameters
    ----------
    split : str
        'train' (1,020), 'valid' (1,020) or 'test' (6,149) as ``setid.mat`` has them, or 'all'.
    size, download
        As :func:`flowers17`, under ``root()/'flowers102'``; 330 MB.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8, with labels 0..101.

    Raises
    ------
    ValueError, CorruptFile, FileNotFoundError, DownloadError
        As :func:`flowers17`, and where the lists do not fit the pictures.
    """
    if split not in (*SPLITS102, 'all'):
        raise ValueError(f"split={split!r} must be one of {', '.join(map(repr, SPLITS102))}, 'all'")
    place = root() / 'flowers102'
    if not (find102(place) and all((place / name).is_file() for name in ('imagelabels.mat', 'setid.mat'))):
        _get('flowers102', ARCHIVES102, download)
    images, numbers = _decoded(find102(place), size, 'flowers102')
    labels = _matrix(place / 'imagelabels.mat', 'labels') - 1
    if len(labels) < numbers.max():
        raise corrupt(place / 'imagelabels.mat', f'has {len(labels):,} labels, and there is a picture {numbers.max()}')
    everything = ImageArray(images, f'flowers102 {split} ({len(images):,} of 8,189 pictures)', False, labels[numbers - 1])
    return everything if split == 'all' else everything[np.isin(numbers, _matrix(place / 'setid.mat', SPLITS102[split]))]


def find17(folder):
    """What holds the pictures: the folder ``jpg``, or an archive, or None."""
    return _find(folder, '17flowers')


def find102(folder):
    """The same of the 102."""
    return _find(folder, '102flowers')


def _find(folder, stem):
    if (folder / 'jpg').is_dir():
        return folder / 'jpg'
    return next((path for ending in ('.tgz', '.tar.gz', '.zip', '.tar') for path in sorted(folder.glob(f'{stem}*{ending}'))), None)


def _decoded(source, size, name):
    """The pictures in the order of their numbers, and these, from 1 on."""
    images, names = decoded(Container(source, lambda name: NUMBER.search(name)), size, name)
    return images, np.array([int(NUMBER.search(name)[1]) for name in names])


def _get(name, archives, download):
    """Download what is missing; the path of the first."""
    place = root() / name
    if download is False or (download is None and offline()):
        raise FileNotFoundError(f'there is no {name} in {place}: go online, or put {archives[0][0].split("/")[1]} there as datasets/flowers.md says')
    for address, kind, checksum in archives:
        fetch.download(HOME + address, place / address.split('/')[1], checksum, digest=partial(fetch.checksum, kind=kind))
    return place / archives[0][0].split('/')[1]


def _matrix(path, name):
    """A row of whole numbers from a MATLAB file; SciPy reads its numbers, and runs nothing."""
    from scipy.io import loadmat
    try:
        return loadmat(path, variable_names=[name])[name].ravel().astype(np.int64)
    except Exception as error:       # a damaged one raises anything
        raise corrupt(path, f'holds no {name} ({type(error).__name__})') from error
