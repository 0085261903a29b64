"""Picture files, as the world has them: one way to read them, and one to make them square.

Whatever a file holds, :func:`read` gives 8-bit RGB or says why not.
"""
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

SUFFIXES = frozenset('.bmp .gif .jfif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp'.split())
MOST_PIXELS = Image.MAX_IMAGE_PIXELS        # 89 million: Pillow's own limit against files that unpack to more than the memory holds


class BadPicture(ValueError):
    """A file holds no picture that can be read; the message says why."""


def read(source, draft=None):
    """A picture as people see it.

    The first frame of an animation, turned as its EXIF orientation says, transparency laid on white, 16 bits brought to 8,
    grey and CMYK made RGB.

    Parameters
    ----------
    source : path, bytes or binary file
    draft : int, optional
        A shorter side in pixels that will do. A large JPEG is then decoded at a half, a quarter or an eighth of its size, but never
        below this, which takes a fraction of the time.

    Returns
    -------
    PIL.Image.Image
        Mode 'RGB'.

    Raises
    ------
    BadPicture
        If it is cut off, no picture, or of more than ``MOST_PIXELS`` pixels.
    """
    # GluonCV, once imported, has Pillow take files that are cut off, with grey for what is missing.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise Image.DecompressionBombError
            if draft is not None and min(width, height) > draft:
                scale = min(width, height) / draft
                image.draft('RGB', (int(width / scale), int(height / scale)))      # JPEG alone heeds it; others ignore it
            return _rgb(ImageOps.exif_transpose(image))
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture(f'has more than {MOST_PIXELS / 1e6:.0f} million pixels, which are not read') from None
    except MemoryError:
        raise BadPicture('needs more memory than there is') from None
    except Exception as error:       # what decoders raise over a damaged file is anything, SyntaxError and struct.error included
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadPicture('is no picture that can be read' if 'cannot identify' in reason else f'is damaged: {reason}') from None


def square(image, size, crop=None, resample=Image.Resampling.LANCZOS):
    """The middle of a picture, ``(size, size, 3)`` uint8.

    Parameters
    ----------
    image : PIL.Image.Image
    size : int
        Pixels a side.
    crop : int, optional
        The side of the central square that is cut out and then resized; the shorter side by default, which is the largest.
    """
    side = min(image.size) if crop is None else crop
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    if side == size:
        return np.asarray(image.crop((left, top, left + side, top + side)))
    return np.asarray(image.resize((size, size), resample, (left, top, left + side, top + side), reducing_gap=3.0))


def files(folder):
    """Every picture file below a folder, by its suffix, in the order of its path; hidden files and folders are left out.

    Returns
    -------
    list of pathlib.Path
        Relative to `folder`.
    """
    folder = Path(folder)
    found = (path.relative_to(folder) for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path for path in found if not any(part.startswith('.') for part in path.parts))


def _rgb(image):
    image.load()
    if image.mode in ('I', 'I;16', 'I;16L', 'I;16B', 'I;16N'):       # converted by Pillow, all above 255 would become white
        levels = np.asarray(image).astype(np.int64)
        if levels.min() < 0 or levels.max() > 65535:
            raise BadPicture(f'has levels from {levels.min()} to {levels.max()}, not 0 to 65535')
        image = Image.fromarray(np.rint(levels / 257).astype(np.uint8))
    elif image.mode == 'F':
        raise BadPicture('holds floating point numbers of an unknown range')
    if image.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in image.info:
        image = image.convert('RGBA')
        image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image)
    return image.convert('RGB')
