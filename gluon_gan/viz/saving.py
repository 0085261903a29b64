"""Save images and figures to files."""
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from ..support.files import atomic_write


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
