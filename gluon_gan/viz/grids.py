"""Arrange images in grids, strips, stacks and labelled tables."""
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..support import pixels
from ..support.checks import whole_number


def grid(images, ncol=None, pad=2, scale=1, background=255):
    """Arrange images in a grid, row by row.

    Parameters
    ----------
    images : NDArray, numpy.ndarray or ImageArray
        ``(N, C, H, W)`` floats, clipped to [-1, 1]; or ``(N, H, W, C)`` or ``(N, H, W)`` uint8. C is 1 or 3.
    ncol : int, optional
        Number of images in a row; by default the grid is as nearly square as N allows.
    pad : int
        Width of the padding around each image in pixels, before scaling.
    scale : int
        Integer factor by which the grid is enlarged; pixels are repeated.
    background : int
        Grey level of the padding, 0 to 255.

    Returns
    -------
    PIL.Image.Image
        Mode ``L`` for one channel, ``RGB`` for three.

    Raises
    ------
    ValueError
        If the images have another shape or type, are empty or contain NaN or Inf (the message names the first such
        image), or if another argument is out of range.
    """
    images = _as_uint8(images)
    count, height, width, channels = images.shape
    ncol = math.ceil(math.sqrt(count)) if ncol is None else ncol
    ncol, pad, scale = whole_number('ncol', ncol), whole_number('pad', pad, 0), whole_number('scale', scale)
    if whole_number('background', background, 0) > 255:
        raise ValueError(f'background must be a grey level from 0 to 255, not {background!r}')
    ncol = min(ncol, count)
    nrow = math.ceil(count / ncol)
    sheet = np.full((nrow * (height + pad) + pad, ncol * (width + pad) + pad, channels), background, np.uint8)
    for i, image in enumerate(images):
        top, left = (pad + (i // ncol) * (height + pad), pad + (i % ncol) * (width + pad))
        sheet[top:top + height, left:left + width] = image
    sheet = sheet.repeat(scale, axis=0).repeat(scale, axis=1)
    return _png_only(Image.fromarray(sheet[..., 0] if channels == 1 else sheet))


def strip(images, labels=None, pad=2, scale=1, background=255):
    """Arrange images in one row, optionally with a caption under each.

    `labels` are N objects that are converted to `str`; another number of labels raises a ValueError. The other
    parameters, the result and the errors are those of :func:`grid`.
    """
    images = _as_uint8(images)
    row = grid(images, ncol=len(images), pad=pad, scale=scale, background=background)
    if labels is None:
        return row
    if len(labels) != len(images):
        raise ValueError(f'{len(labels)} labels for {len(images)} images: pass one label for each image')
    font = ImageFont.load_default()
    captions = [str(label) for label in labels]
    line = max(math.ceil(font.getbbox(caption or ' ')[3]) for caption in captions) + 4
    sheet = Image.new(row.mode, (row.width, row.height + line), (background,) * len(row.getbands()))
    sheet.paste(row, (0, 0))
    draw = ImageDraw.Draw(sheet)
    ink = (0,) * len(row.getbands()) if background > 127 else (255,) * len(row.getbands())
    for i, caption in enumerate(captions):
        middle = scale * (pad + i * (images.shape[2] + pad) + images.shape[2] / 2)
        draw.text((middle - font.getlength(caption) / 2, row.height), caption, fill=ink, font=font)
    return _png_only(sheet)


def stack(images, pad=2, background=255):
    """Stack images vertically, aligned at the left.

    Parameters
    ----------
    images : sequence of PIL.Image.Image
        At least one, for example strips.
    pad : int
        Pixels between the images.
    background : int
        Grey level of the uncovered area, 0 to 255.

    Returns
    -------
    PIL.Image.Image
        Mode ``L`` if all images have it, ``RGB`` otherwise.

    Raises
    ------
    ValueError
        If there are no images.
    """
    images, pad = list(images), whole_number('pad', pad, 0)
    if not images:
        raise ValueError('no images to stack: pass at least one')
    mode = 'L' if all(image.mode == 'L' for image in images) else 'RGB'
    size = max(image.width for image in images), sum(image.height for image in images) + pad * (len(images) - 1)
    sheet = Image.new(mode, size, background if mode == 'L' else (background,) * 3)
    top = 0
    for image in images:
        sheet.paste(image.convert(mode), (0, top))
        top += image.height + pad
    return _png_only(sheet)


def labelled(rows, labels, titles, pad=8, background=255):
    """Arrange images in a table, with a label to the left of each row and a title above each column.

    Parameters
    ----------
    rows : list of list of PIL.Image.Image
        Rows of the same length; all images must have the same size.
    labels, titles : list of str
        One label for each row, and one title for each column.
    pad : int
        Pixels between the images.
    background : int
        Grey level of the background, 0 to 255.

    Returns
    -------
    PIL.Image.Image
        Mode ``RGB``.

    Raises
    ------
    ValueError
        If there are no rows, or the numbers of labels and titles do not match those of the rows and columns.
    """
    if not rows or len(labels) != len(rows) or any(len(row) != len(titles) for row in rows):
        raise ValueError(f'{len(labels)} labels and {len(titles)} titles do not match {len(rows)} rows of '
                         f'{[len(row) for row in rows]} images')
    font, first = ImageFont.load_default(), rows[0][0]
    left = pad + math.ceil(max(font.getlength(label) for label in labels)) + pad
    top = pad + math.ceil(max(font.getbbox(title)[3] for title in titles)) + pad
    size = left + len(titles) * (first.width + pad), top + len(rows) * (first.height + pad)
    sheet = Image.new('RGB', size, (background,) * 3)
    draw, ink = ImageDraw.Draw(sheet), (0,) * 3 if background > 127 else (255,) * 3
    for column, title in enumerate(titles):
        x = left + column * (first.width + pad) + (first.width - font.getlength(title)) / 2
        draw.text((x, pad), title, fill=ink, font=font)
    for line, (label, images) in enumerate(zip(labels, rows)):
        y = top + line * (first.height + pad)
        draw.text((pad, y + first.height / 2 - font.getbbox(label)[3] / 2), label, fill=ink, font=font)
        for column, image in enumerate(images):
            sheet.paste(image, (left + column * (first.width + pad), y))
    return _png_only(sheet)


def _as_uint8(images):
    """Convert images of any accepted form to ``(N, H, W, C)`` uint8 with N >= 1 and C 1 or 3."""
    images = images.asnumpy() if hasattr(images, 'asnumpy') else np.asarray(images)
    given = pixels.describe(images)
    if np.issubdtype(images.dtype, np.floating) and images.ndim == 4:
        images = pixels.to_uint8(images)
    elif images.dtype == np.uint8 and images.ndim == 3:
        images = images[..., None]
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or not images.size:
        raise ValueError('images must be (N, C, H, W) floats in [-1, 1] or (N, H, W, C) uint8, '
                         f'with C 1 or 3 and N at least 1, not {given}')
    return images


def _png_only(image):
    # A notebook would store a JPEG as well as the PNG. For small images the JPEG is larger, and blurred.
    image._repr_jpeg_ = None
    return image
