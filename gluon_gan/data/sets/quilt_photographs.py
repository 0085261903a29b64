"""Photographs of quilts that you supply, or synthetic quilts."""
import numpy as np

from ...support.checks import one_of
from ...support.layouts import locate
from ...support.locate import root
from ..archives import Container
from ..cache import decoded
from ..image_array import ImageArray
from ..synthetic_sets import render_quilts

# One of so many photographs is held out, if that gives the 50 that an evaluation needs. Photographs of one quilt follow
# one another, so most of those that are held out show a quilt of which training sees another photograph.
HELD_OUT, ENOUGH = 5, 250
STAND_IN = {'train': (0, 4000), 'test': (4000, 4500), 'all': (0, 4500)}


def quilts(split='train', size=64, download=None):
    """Quilts: the largest central square of each photograph.

    No data set of quilts may be redistributed, so you supply the photographs. Put them into ``root()/'quilts'``, as a
    folder or as ``quilts.zip``. ``gluon-gan data curate`` filters images that were collected from the web.

    Parameters
    ----------
    split : str
        'train', 'test' or 'all'. Of 250 photographs or more, every fifth is held out for 'test', in the order of the
        file names. Fewer are all used for training.
    size : int
        Pixels a side.
    download : bool, optional
        There is nothing to download. With True, missing photographs are an error; otherwise the stand-in is returned.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8. The stand-in consists of synthetic quilts, labelled with their blocks.

    Raises
    ------
    ValueError, FileNotFoundError
        If there is no such split, there are too few photographs to hold out any or, with ``download=True``, there are
        none.
    """
    one_of('split', split, STAND_IN)
    source = locate(find, 'quilts')
    if source is None:
        if download:
            raise FileNotFoundError(f"no photographs in {root() / 'quilts'}: add some, as datasets/quilts.md describes")
        first, last = STAND_IN[split]
        name = f'quilts stand-in: {last - first:,} synthetic quilts'
        return render_quilts(last - first, size, start=first, name=name, stand_in=True)
    images, _ = decoded(Container(source), size, 'quilts')
    count = len(images)
    if split == 'test' and count < ENOUGH:
        raise ValueError(f"split='test': the {count:,} photographs in {source} are too few to hold out any: add "
                         f"photographs until there are {ENOUGH}, or use 'train' or 'all'")
    if split == 'all' or count < ENOUGH:
        return ImageArray(images, f'quilts ({count:,} photographs)')
    held_out = np.arange(count) % HELD_OUT == HELD_OUT - 1
    images = images[held_out if split == 'test' else ~held_out]
    return ImageArray(images, f'quilts {split} ({len(images):,} of {count:,} photographs)')


def find(folder):
    """The path of the zip, or of the folder if it contains images; None if there is neither."""
    archive = folder / 'quilts.zip'
    if archive.is_file():
        return archive
    return folder if folder.is_dir() and len(Container(folder)) else None
