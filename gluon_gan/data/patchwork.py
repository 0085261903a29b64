"""Photographs of quilts, your own ones, or quilts that this package draws."""
from . import drawn
from .cache import decoded
from .containers import Container
from .images import ImageArray
from .locate import root

STAND_IN = {'train': (0, 4000), 'test': (4000, 4500), 'all': (0, 4500)}


def quilts(split='train', size=64, download=None):
    """Quilts: the largest square in the middle of each photograph.

    There is no data set of quilts that may be given away. Put photographs into ``root()/'quilts'``, as a folder or a ``quilts.zip``;
    ``gluon-gan data curate`` refines what was gathered from the web.

    Parameters
    ----------
    split : str
        'train' or 'all': every photograph; 'test' exists for the stand-in alone.
    size : int
        Pixels a side.
    download : bool, optional
        There is nothing to download: True wants photographs or an error.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8; the stand-in is quilts drawn by this package, whose labels are the patterns.

    Raises
    ------
    ValueError
        For another split.
    FileNotFoundError
        With ``download=True``, where there are no photographs.
    """
    if split not in STAND_IN:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, STAND_IN))}')
    source = find(root() / 'quilts')
    if source is None:
        if download:
            raise FileNotFoundError(f"no photographs in {root() / 'quilts'}: put them there, as datasets/quilts.md says")
        first, last = STAND_IN[split]
        return drawn.quilts(last - first, size, start=first)
    if split == 'test':
        raise ValueError(f"split='test': the photographs in {source} are not divided; take 'train' or 'all'")
    images, _ = decoded(Container(source), size, 'quilts')
    return ImageArray(images, f'quilts ({len(images):,} photographs)')


def find(folder):
    """The zip, or the folder where there are pictures in it, or None."""
    archive = folder / 'quilts.zip'
    if archive.is_file():
        return archive
    return folder if folder.is_dir() and len(Container(folder)) else None
