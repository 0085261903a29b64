"""Pictures that take little space in the file of a notebook."""
import io

from matplotlib.figure import Figure
from PIL import Image

from .grids import _png_only


def few_colours(image, colours=64):
    """Reduce a picture to a palette of few colours, which makes it several times smaller as a PNG.

    Parameters
    ----------
    image : PIL.Image.Image or gluon_gan.viz.Figure
    colours : int
        The size of the palette, from 1 to 256. 16 are enough for most diagrams, and 64 to 128 for images.

    Returns
    -------
    PIL.Image.Image
        The picture with a palette, which a notebook displays as a PNG.
    """
    if isinstance(image, Figure):
        image = Image.open(io.BytesIO(image._repr_png_()))
    return _png_only(image.convert('RGB').quantize(colours))


def photo(image, quality=80):
    """A PIL image as a JPEG, which suits photographs and grids of many colours.

    Parameters
    ----------
    image : PIL.Image.Image
    quality : int
        From 1 to 95, as in Pillow.

    Returns
    -------
    IPython.display.Image
        The picture, for a notebook to display.
    """
    from IPython import display  # only notebooks have it
    buffer = io.BytesIO()
    image.convert('RGB').save(buffer, 'JPEG', quality=quality)
    return display.Image(data=buffer.getvalue(), format='jpeg')
