"""Read image files of any common format, and crop them to squares."""
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps

SUFFIXES = frozenset('.bmp .gif .jfif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp'.split())
MAX_PIXELS = Image.MAX_IMAGE_PIXELS        # 89 million, Pillow's limit against files that decompress to a huge size


class UnusableImage(ValueError):
    """A file contains no usable image; the message says why."""


def read(source, draft=None):
    """Read an image file as 8-bit RGB.

    The first frame of an animation is taken. The image is rotated according to its EXIF orientation, transparency is
    composited on white, 16-bit levels are scaled to 8 bits, and grey and CMYK images are converted to RGB.

    Parameters
    ----------
    source : path, bytes or binary file
    draft : int, optional
        The shorter side in pixels that is sufficient. A larger JPEG is decoded at a half, a quarter or an eighth of its
        size, but never below this side, which takes a fraction of the time.

    Returns
    -------
    PIL.Image.Image
        Mode 'RGB'.

    Raises
    ------
    UnusableImage
        If the file is truncated, is not an image, or has more than ``MAX_PIXELS`` pixels.
    """
    # Importing GluonCV makes Pillow accept truncated files and fill the missing part with grey.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise Image.DecompressionBombError
            if draft is not None and min(width, height) > draft:
                scale = min(width, height) / draft
                image.draft('RGB', (int(width / scale), int(height / scale)))      # only JPEG supports it
            return _rgb(ImageOps.exif_transpose(image))
    except UnusableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableImage(f'has more than {MAX_PIXELS / 1e6:.0f} million pixels') from None
    except MemoryError:
        raise UnusableImage('needs more memory than is available') from None
    except Exception as error:       # decoders raise anything for a damaged file, even SyntaxError and struct.error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        unknown = 'cannot identify' in reason
        raise UnusableImage('is not a readable image' if unknown else f'is damaged: {reason}') from None


def square(image, size, crop=None, resample=Image.Resampling.LANCZOS):
    """Crop the central square of a PIL image and resize it to ``(size, size, 3)`` uint8.

    The square has `crop` pixels a side; by default it is the largest one.
    """
    side = min(image.size) if crop is None else crop
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    box = (left, top, left + side, top + side)
    if side == size:
        return np.asarray(image.crop(box))
    return np.asarray(image.resize((size, size), resample, box, reducing_gap=3.0))


def files(folder):
    """A sorted list of the image files below a folder, relative to it; hidden files and folders are left out."""
    folder = Path(folder)
    found = [path for path in folder.rglob('*') if path.suffix.lower() in SUFFIXES and path.is_file()]
    found = [path.relative_to(folder) for path in found]
    return sorted(path for path in found if not any(part.startswith('.') for part in path.parts))


def _rgb(image):
    image.load()
    if image.mode in ('I', 'I;16', 'I;16L', 'I;16B', 'I;16N'):       # Pillow would clip all levels above 255
        levels = np.asarray(image).astype(np.int64)
        if levels.min() < 0 or levels.max() > 65535:
            raise UnusableImage(f'has levels from {levels.min()} to {levels.max()}, not 0 to 65535')
        image = Image.fromarray(np.rint(levels / 257).astype(np.uint8))
    elif image.mode == 'F':
        raise UnusableImage('contains floating-point numbers of an unknown range')
    if image.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in image.info:
        image = image.convert('RGBA')
        image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image)
    return image.convert('RGB')
