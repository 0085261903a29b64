"""Photographs of quilts that you supply, or synthetic quilts."""
from ...support.checks import one_of
from ...support.layouts import locate
from ...support.locate import root
from ..archives import Container
from ..cache import decoded
from ..image_array import ImageArray
from ..synthetic_sets import render_quilts

STAND_IN = {'train': (0, 4000), 'test': (4000, 4500), 'all': (0, 4500)}


def quilts(split='train', size=64, download=None):
    """Quilts: the largest central square of each photograph.

    No data set of quilts may be redistributed, so you supply the photographs. Put them into ``root()/'quilts'``, as a
    folder or as ``quilts.zip``. ``gluon-gan data curate`` filters images that were collected from the web.

    Parameters
    ----------
    split : str
        'train' or 'all', which are both all photographs. 'test' is available for the stand-in only.
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
        If there is no such split or, with ``download=True``, there are no photographs.
    """
    one_of('split', split, STAND_IN)
    source = locate(find, 'quilts')
    if source is None:
        if download:
            raise FileNotFoundError(f"no photographs in {root() / 'quilts'}: add some, as datasets/quilts.md describes")
        first, last = STAND_IN[split]
        name = f'quilts stand-in: {last - first:,} synthetic quilts'
        return render_quilts(last - first, size, start=first, name=name, stand_in=True)
    if split == 'test':
        raise ValueError(f"split='test': the photographs in {source} have no test split; use 'train' or 'all'")
    images, _ = decoded(Container(source), size, 'quilts')
    return ImageArray(images, f'quilts ({len(images):,} photographs)')


def find(folder):
    """The path of the zip, or of the folder if it contains images; None if there is neither."""
    archive = folder / 'quilts.zip'
    if archive.is_file():
        return archive
    return folder if folder.is_dir() and len(Container(folder)) else None
