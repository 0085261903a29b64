"""Save images and figures to files."""
import re
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from ..support.files import atomic_write
from .grids import _as_uint8, grid


def save(image, path):
    """Save a PIL image or a figure.

    The file is written completely or not at all. Missing folders are created.

    Parameters
    ----------
    image : PIL.Image.Image or matplotlib Figure
    path : path
        The suffix determines the format, for example ``.png``.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    ValueError
        If the suffix is not that of an image format, or `image` has another type.
    """
    path = Path(path)
    if isinstance(image, Figure):
        formats = {'.' + name: name for name in image.canvas.get_supported_filetypes()}
        write = image.savefig
    elif isinstance(image, Image.Image):
        Image.init()
        formats = {suffix: name for suffix, name in Image.registered_extensions().items() if name in Image.SAVE}
        write = image.save
    else:
        raise ValueError(f'a {type(image).__name__} is neither a PIL image nor a figure: '
                         'create one with grid, strip or curves')
    if path.suffix.lower() not in formats:
        raise ValueError(f'{path.name}: the suffix {path.suffix!r} is not that of an image format; try .png')
    with atomic_write(path) as temporary:
        write(temporary, format=formats[path.suffix.lower()])
    return path


def save_each(images, folder, scale=1):
    """Save each image to a PNG file, without padding: ``0000.png``, ``0001.png`` and so on.

    Files of these names are replaced. Missing folders are created.

    Parameters
    ----------
    images : NDArray, numpy.ndarray or ImageArray
        As for :func:`gluon_gan.viz.grid`.
    folder : path
    scale : int
        Integer factor by which each image is enlarged.

    Returns
    -------
    pathlib.Path
        `folder`.

    Raises
    ------
    ValueError
        If the images cannot be shown, `folder` is a file, or it contains numbered images that would remain, so that it
        would mix two sets of images. Nothing is written in this case.
    """
    folder, images = Path(folder), _as_uint8(images)
    singles = [grid(image[None], pad=0, scale=scale) for image in images]
    if folder.is_file():
        raise ValueError(f'{folder} is a file: choose a folder for the images')
    digits = max(4, len(str(len(singles) - 1)))
    named = {f'{number:0{digits}d}.png': single for number, single in enumerate(singles)}
    others = sorted(path.name for path in folder.glob('*.png')
                    if re.fullmatch(r'\d{4,}', path.stem) and path.name not in named)
    if others:
        raise ValueError(f'{folder} already contains {others[0]}, which is not one of these {len(singles)} images: '
                         'choose another folder, or empty it')
    for name, single in named.items():
        save(single, folder / name)
    return folder
