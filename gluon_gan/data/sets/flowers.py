"""Oxford flowers: 17 categories with 80 images each (Nilsback and Zisserman 2006), and 102 categories (2008)."""
import re
from functools import partial
from posixpath import basename

import numpy as np

from ...support import fetch
from ...support.checks import one_of, shown
from ...support.layouts import locate, places
from ...support.locate import offline, root
from ..archives import Container
from ..cache import decoded
from ..idx import corrupt
from ..image_array import ImageArray

HOME = 'https://www.robots.ox.ac.uk/~vgg/data/flowers/'
# Address below HOME, type of the checksum, checksum
ARCHIVE17 = ('17/17flowers.tgz', 'md5', 'b59a65d8d1a99cd66944d474e1289eab')
ARCHIVES102 = [('102/102flowers.tgz', 'sha256', '2d01ecc807db462958cfe3d92f57a8c252b4abd240eb955770201e45f783b246'),
               ('102/imagelabels.mat', 'md5', 'e0620be6f572b9609742df49c70aed4d'),
               ('102/setid.mat', 'md5', 'a5357ecc9cb78c4bef273ce3793fc85c')]
CLASSES17 = ('daffodil', 'snowdrop', 'lily of the valley', 'bluebell', 'crocus', 'iris', 'tiger lily', 'tulip',
             'fritillary', 'sunflower', 'daisy', "colt's foot", 'dandelion', 'cowslip', 'buttercup', 'windflower',
             'pansy')
SPLITS102 = {'train': 'trnid', 'valid': 'valid', 'test': 'tstid'}      # 1,020, 1,020 and 6,149 images
NUMBER = re.compile(r'image_(\d+)\.jpg$')


def flowers17(split='all', size=64, download=None):
    """Oxford flowers 17: the largest central square of photographs of 17 flowers common in Britain.

    Parameters
    ----------
    split : str
        'all' or 'train'; both are all 1,360 images. The original has three random splits, but no official one.
    size : int
        Pixels a side.
    download : bool, optional
        If the files are not in ``root()/'flowers17'``, they are downloaded (60 MB), unless this is False or
        ``GLUON_GAN_OFFLINE=1``. There is no stand-in.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8, with `.labels` and `.classes`; each class has 80 images.

    Raises
    ------
    ValueError, CorruptFile
        If there is no such split, or there are more images than the set has.
    FileNotFoundError, DownloadError
        If the files are missing, and the download is not allowed or fails.
    """
    if not isinstance(split, str) or split not in ('all', 'train'):
        raise ValueError(f"split={shown(split)} must be 'all' or 'train', which are the same: "
                         'there is no official split')
    source = locate(find17, 'flowers17') or _download('flowers17', [ARCHIVE17], download)
    images, numbers = _decoded(source, size, 'flowers17')
    labels = (numbers - 1) // 80
    if labels.max() >= len(CLASSES17):
        raise corrupt(source, f'holds image number {numbers.max()}, and the set has {80 * len(CLASSES17):,} images')
    return ImageArray(images, f'flowers17 ({len(images):,} of 1,360 pictures)', False, labels, classes=CLASSES17)


def flowers102(split='train', size=64, download=None):
    """Oxford flowers 102: the largest central square of photographs of 102 flowers.

    Parameters
    ----------
    split : str
        'train' (1,020), 'valid' (1,020) or 'test' (6,149), as ``setid.mat`` defines them, or 'all'.
    size, download
        As for :func:`flowers17`. The files lie in ``root()/'flowers102'``; the download takes 330 MB.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8, with labels 0 to 101.

    Raises
    ------
    ValueError, FileNotFoundError, DownloadError
        As for :func:`flowers17`.
    CorruptFile
        If the lists do not match the images.
    """
    one_of('split', split, (*SPLITS102, 'all'))
    complete = (place for place in places('flowers102')
                if find102(place) and all((place / name).is_file() for name in ('imagelabels.mat', 'setid.mat')))
    place = next(complete, None) or _download('flowers102', ARCHIVES102, download).parent
    images, numbers = _decoded(find102(place), size, 'flowers102')
    labels = _matrix(place / 'imagelabels.mat', 'labels') - 1
    if len(labels) < numbers.max():
        raise corrupt(place / 'imagelabels.mat', f'has {len(labels):,} labels, but there is image {numbers.max()}')
    name = f'flowers102 {split} ({len(images):,} of 8,189 pictures)'
    images = ImageArray(images, name, False, labels[numbers - 1])
    return images if split == 'all' else images[np.isin(numbers, _matrix(place / 'setid.mat', SPLITS102[split]))]


def find17(folder):
    """The path of the images of Oxford flowers 17, the folder ``jpg`` or an archive; None if there is neither."""
    return _find(folder, '17flowers')


def find102(folder):
    """The path of the images of Oxford flowers 102, the folder ``jpg`` or an archive; None if there is neither."""
    return _find(folder, '102flowers')


def _find(folder, stem):
    if (folder / 'jpg').is_dir():
        return folder / 'jpg'
    archives = [sorted(folder.glob(f'{stem}*{suffix}')) for suffix in ('.tgz', '.tar.gz', '.zip', '.tar')]
    return next((paths[0] for paths in archives if paths), None)


def _decoded(source, size, name):
    """The images in the order of their numbers, and the numbers, which start at 1."""
    images, names = decoded(Container(source, lambda name: NUMBER.search(name)), size, name)
    return images, np.array([int(NUMBER.search(name)[1]) for name in names])


def _download(name, archives, allowed):
    """Download the missing files and return the path of the first."""
    place = root() / name
    if allowed is False or (allowed is None and offline()):
        file = basename(archives[0][0])
        raise FileNotFoundError(f'no {name} in {place}: go online, or put {file} there (datasets/flowers.md)')
    for address, kind, checksum in archives:
        fetch.download(HOME + address, place / basename(address), checksum, digest=partial(fetch.checksum, kind=kind))
    return place / basename(archives[0][0])


def _matrix(path, name):
    """Read a row of integers from a MATLAB file. SciPy runs no code from the file."""
    from scipy.io import loadmat
    try:
        return loadmat(path, variable_names=[name])[name].ravel().astype(np.int64)
    except Exception as error:       # a damaged file may raise any exception
        raise corrupt(path, f'holds no {name} ({type(error).__name__})') from error
