"""Read image files of any common format, and crop them to squares."""
import io
import os
import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, ImageOps, features

from ..support.errors import GluonGanError

SUFFIXES = frozenset('.bmp .gif .jfif .jpeg .jpg .pgm .png .ppm .tif .tiff .webp'.split()).union(*(
    suffixes.split() for suffixes, feature in (('.avif', 'avif'), ('.j2k .jp2 .jpx', 'jpg_2000'))
    if feature in {**features.modules, **features.codecs} and features.check(feature)))
PLUGIN_SUFFIXES = frozenset('.heic .heif .hif .jxl'.split())       # read if a plugin has registered them with Pillow
# Files that are often found beside images and are not missed: lists, labels, notes
SIDECARS = frozenset('.cfg .csv .db .htm .html .ini .json .jsonl .license .lock .log .m .mat .md .npy .npz .parquet '
                     '.pdf .pkl .py .sh .sha256 .sqlite .tsv .txt .url .xml .yaml .yml'.split())
MAX_PIXELS = Image.MAX_IMAGE_PIXELS        # 89 million, Pillow's limit against files that decompress to a huge size
WHITES = tuple(2 ** bits - 1 for bits in (8, 10, 12, 14, 16))      # white in an image of 8 to 16 bits
DEEP = re.compile('RGB[AX]?;16[BLN]')       # how Pillow names the bytes of colour images of 16 bits
LEVELS = 'levels'                          # the key in `Image.info` of the highest level of an image of 16 bits
NO_IMAGES = (                              # how files begin that carry the name of an image: what they are
    (b'version https://git-lfs.github.com/spec/', 'is a Git LFS pointer, not the image: run git lfs pull'),
    (b'/annex/objects/', 'is a git-annex pointer, not the image: run git annex get'),
    (b'<!doctype html', 'is a web page, not the image: download it again'),
    (b'<html', 'is a web page, not the image: download it again'))


class UnusableImage(GluonGanError, ValueError):
    """A file contains no usable image; the message says why."""


def read(source, draft=None, white=None):
    """Read an image file as 8-bit RGB.

    The first frame of an animation is taken. The image is rotated according to its EXIF orientation, transparency is
    composited on white, 16-bit levels are scaled to 8 bits, and grey and CMYK images are converted to RGB.

    Parameters
    ----------
    source : path, bytes or binary file
    draft : int, optional
        The shorter side in pixels that is sufficient. A larger JPEG is decoded at a half, a quarter or an eighth of its
        size, but never below this side, which takes a fraction of the time.
    white : int, optional
        The level of an image of 16 bits that becomes white, since the levels of many cameras and scanners have 10, 12
        or 14 bits. By default :func:`white_of` the image itself.

    Returns
    -------
    PIL.Image.Image
        Mode 'RGB'. ``.info[LEVELS]`` is the highest level of an image of 16 bits, rounded up for one in colour; other
        images do not have it.

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
            low = partial(_low_bytes, source) if _is_deep(image) else None
            return _rgb(ImageOps.exif_transpose(image), white, low)
    except UnusableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusableImage(f'has more than {MAX_PIXELS / 1e6:.0f} million pixels') from None
    except MemoryError:
        raise UnusableImage('needs more memory than is available') from None
    except Exception as error:       # decoders raise anything for a damaged file, even SyntaxError and struct.error
        reason = first_line(error)
        unknown = 'cannot identify' in reason
        raise UnusableImage(_instead(source) if unknown else f'is damaged: {reason}') from None


def white_of(level):
    """int: white in images with this highest level: that of the first of 8, 10, 12, 14 and 16 bits to hold it."""
    return next(white for white in WHITES if level <= white)


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
    """A sorted list of the image files below a folder, relative to it; hidden files and folders are left out.

    Links to other folders are followed.
    """
    return scan(folder)[0]


def scan(folder):
    """List a folder with its subfolders.

    Links to folders are followed, except those into `folder` itself, whose files are listed anyway, and those that
    would never end. Hidden files and folders are left out.

    Returns
    -------
    images : list of pathlib.Path
        The image files, sorted and relative to `folder`.
    unread : collections.Counter
        What else is there, as :func:`unread_kind` names it, and what cannot be listed.
    """
    found, unread = [], Counter()

    def visit(place, parts, seen):
        try:
            entries = list(os.scandir(place))
        except OSError:
            unread['unreadable folder'] += 1
            return
        for entry in entries:
            if entry.name.startswith('.'):
                continue
            link = entry.is_symlink()
            if os.path.isdir(entry.path) if link else entry.is_dir():
                target = (os.path.realpath(entry.path),) if link else ()
                if not any(_inside(path, known) for path in target for known in seen):
                    visit(entry.path, (*parts, entry.name), seen + target)
            elif not (os.path.isfile(entry.path) if link else entry.is_file()):
                unread['broken link'] += link
            elif is_image(entry.name):
                found.append(Path(*parts, entry.name))
            elif kind := unread_kind(entry.name):
                unread[kind] += 1

    visit(Path(folder), (), (os.path.realpath(folder),))
    return sorted(found), +unread


def is_image(name):
    """Whether the name of a file has the suffix of an image that can be read."""
    suffix = os.path.splitext(name)[1].lower()
    return suffix in SUFFIXES or (suffix in PLUGIN_SUFFIXES and suffix in Image.EXTENSION)


def unread_kind(name):
    """str: the suffix of a file that is not read as an image; '' for lists, notes and files without a suffix."""
    suffix = os.path.splitext(name)[1].lower()
    return '' if suffix in SIDECARS else suffix


def first_line(error):
    """str: the first line of an error's message, or its class if it has none."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _inside(path, folder):
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _instead(source):
    """What a file is that no decoder recognises, from its first bytes."""
    try:
        head = source if isinstance(source, bytes) else Path(source).read_bytes()[:256]
    except (OSError, TypeError):
        return 'is not a readable image'
    if not head:
        return 'is empty, and not a readable image'
    head = head[:256].lstrip().lower()
    return next((what for beginning, what in NO_IMAGES if head.startswith(beginning)), 'is not a readable image')


def _is_deep(image):
    """Whether this is a colour image of 16 bits, of which Pillow decodes the upper 8 only."""
    return image.mode in ('RGB', 'RGBA') and bool(image.tile) and all(DEEP.fullmatch(_raw_mode(tile))
                                                                      for tile in image.tile)


def _raw_mode(tile):
    """The arrangement of the bytes in a part of an image file that has not been decoded, such as 'RGB;16B'."""
    options = tile[3]
    return str(options[0] if isinstance(options, tuple) and options else options)


def _low_bytes(source):
    """The lower 8 bits of a colour image of 16 bits: Pillow decodes them if the order of the bytes is reversed."""
    if hasattr(source, 'seek'):
        source.seek(0)
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        tiles = []
        for codec, extent, offset, options in image.tile:
            mode = _raw_mode((codec, extent, offset, options))
            order = 'L' if mode[-1] == 'B' or (mode[-1] == 'N' and sys.byteorder == 'big') else 'B'
            mode = mode[:-1] + order
            options = (mode, *options[1:]) if isinstance(options, tuple) else mode
            tile = image.tile[0]
            tiles.append(tile._make((codec, extent, offset, options)) if hasattr(tile, '_make') else
                         (codec, extent, offset, options))
        image.tile = tiles
        return ImageOps.exif_transpose(image)


def _rgb(image, white, low):
    image.load()
    level = None
    if low is not None:
        level = 256 * max(most for _, most in image.getextrema()[:3]) + 255
        white = white_of(level) if white is None else white
        if white < WHITES[-1]:
            info = image.info
            levels = 256 * np.asarray(image).astype(np.int64) + np.asarray(low())
            image = Image.fromarray(np.rint(levels / (white / 255)).clip(0, 255).astype(np.uint8))
            image.info = info
    if image.mode in ('I', 'I;16', 'I;16L', 'I;16B', 'I;16N'):       # Pillow would clip all levels above 255
        levels = np.asarray(image).astype(np.int64)
        if levels.min() < 0 or levels.max() > 65535:
            raise UnusableImage(f'has levels from {levels.min()} to {levels.max()}, not 0 to 65535')
        level = int(levels.max())
        white = white_of(level) if white is None else white
        image = Image.fromarray(np.rint(levels / (white / 255)).clip(0, 255).astype(np.uint8))
    elif image.mode == 'F':
        raise UnusableImage('contains floating-point numbers of an unknown range')
    if image.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in image.info:
        image = image.convert('RGBA')
        image = Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image)
    image = image.convert('RGB')
    if level is not None:
        image.info[LEVELS] = level
    return image
