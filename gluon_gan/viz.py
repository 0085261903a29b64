"""Arrays in, pictures out: grids, strips, curves, animations.

Nothing here draws on a screen or keeps a global state. Every function returns a PIL image or a matplotlib figure (or
the path it wrote): a notebook shows it, a script saves it.
"""
import json
import math
import os
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as _Figure
from PIL import Image, ImageDraw, ImageFont

from . import pixels
from .checks import whole_number
from .files import whole

# Where the standard GAN losses settle when D(x) = D(G(z)) = 1/2 everywhere (Goodfellow et al. 2014, section 4.1):
# D pays -ln 1/2 for the real and again for the fake image, the non-saturating G pays it once.
EQUILIBRIUM = {'errD': ('2 ln 2', 2 * math.log(2)), 'errG': ('ln 2', math.log(2))}
COLOURS = {'errD': 'tab:blue', 'errG': 'tab:orange', 'D(x)': 'tab:green', 'D(G(z))': 'tab:red'}


class Figure(_Figure):
    """matplotlib's Figure, which also shows itself as the last value of a notebook cell.

    A figure made without pyplot has no window and no memory beyond its own, but Jupyter prints only its name; this one
    brings the picture along.
    """

    def _repr_png_(self):
        buffer = BytesIO()
        self.savefig(buffer, format='png')
        return buffer.getvalue()


def grid(images, ncol=None, pad=2, scale=1, background=255):
    """Images side by side.

    Parameters
    ----------
    images : NDArray, numpy.ndarray or ImageArray
        ``(N, C, H, W)`` floats in [-1, 1] (clipped), or ``(N, H, W, C)`` or ``(N, H, W)`` uint8; C is 1 or 3.
    ncol : int, optional
        Images in a row; by default the grid is as square as N allows.
    pad : int
        Pixels around each image, before scaling.
    scale : int
        How many times each pixel is repeated, for small images.
    background : int
        Grey level of the padding, 0..255.

    Returns
    -------
    PIL.Image.Image
        Mode ``L`` for one channel, ``RGB`` for three.

    Raises
    ------
    ValueError
        For another shape or type, no image at all, NaN or Inf (the first bad image is named), or ncol or scale below 1.
    """
    images = _levels(images)
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
    """Images in one row, with a caption under each if `labels` (N of them, anything `str` takes) are given.

    The other arguments, the result and the errors are those of :func:`grid`; a wrong number of labels is a ValueError.
    """
    images = _levels(images)
    row = grid(images, ncol=len(images), pad=pad, scale=scale, background=background)
    if labels is None:
        return row
    if len(labels) != len(images):
        raise ValueError(f'{len(labels)} labels for {len(images)} images: one each is needed')
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
    """Images one below another, from the left edge: strips of several rows.

    Parameters
    ----------
    images : sequence of PIL.Image.Image
        At least one.
    pad : int
        Pixels between them.
    background : int
        Grey level of what they leave free, 0..255.

    Returns
    -------
    PIL.Image.Image
        Mode ``RGB`` if one of them is not ``L``.

    Raises
    ------
    ValueError
        If there is none.
    """
    images, pad = list(images), whole_number('pad', pad, 0)
    if not images:
        raise ValueError('no images to stack: one at least is needed')
    mode = 'L' if all(image.mode == 'L' for image in images) else 'RGB'
    size = max(image.width for image in images), sum(image.height for image in images) + pad * (len(images) - 1)
    sheet = Image.new(mode, size, background if mode == 'L' else (background,) * 3)
    top = 0
    for image in images:
        sheet.paste(image.convert(mode), (0, top))
        top += image.height + pad
    return _png_only(sheet)


def labelled(rows, labels, titles, pad=8, background=255):
    """Pictures that are there already in rows and columns, with a label at the left of each row and a title above each column.

    Parameters
    ----------
    rows : list of list of PIL.Image.Image
        Equally many in each row, all of the same size.
    labels, titles : list of str
        One a row, and one a column.

    Returns
    -------
    PIL.Image.Image
        RGB.

    Raises
    ------
    ValueError
        If there are no rows, or their number and that of the columns are not those of the labels and titles.
    """
    if not rows or len(labels) != len(rows) or any(len(row) != len(titles) for row in rows):
        raise ValueError(f'{len(labels)} labels and {len(titles)} titles do not go with {len(rows)} rows of {[len(row) for row in rows]} pictures')
    font, first = ImageFont.load_default(), rows[0][0]
    left = pad + math.ceil(max(font.getlength(label) for label in labels)) + pad
    top = pad + math.ceil(max(font.getbbox(title)[3] for title in titles)) + pad
    sheet = Image.new('RGB', (left + len(titles) * (first.width + pad), top + len(rows) * (first.height + pad)), (background,) * 3)
    draw, ink = ImageDraw.Draw(sheet), (0,) * 3 if background > 127 else (255,) * 3
    for column, title in enumerate(titles):
        draw.text((left + column * (first.width + pad) + (first.width - font.getlength(title)) / 2, pad), title, fill=ink, font=font)
    for line, (label, pictures) in enumerate(zip(labels, rows)):
        y = top + line * (first.height + pad)
        draw.text((pad, y + first.height / 2 - font.getbbox(label)[3] / 2), label, fill=ink, font=font)
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (left + column * (first.width + pad), y))
    return _png_only(sheet)


def curves(history, x='step', title=None, equilibrium=EQUILIBRIUM):
    """How a training went: losses on the left, probabilities on the right; beside them distances, where there are any.

    Parameters
    ----------
    history : list of dict, or path
        One dict a logging point, such as ``{'step': 100, 'errD': 1.2, 'errG': 0.9, 'D(x)': 0.6, 'D(G(z))': 0.4}``, or a
        ``history.jsonl`` with one such object a line (a last line cut off by a killed run is left out). What a point
        lacks is skipped.
    x : str
        The key along the horizontal axis, ``'step'`` or ``'epoch'``.
    title : str, optional
        Say the data set here, stand-in or not.
    equilibrium : dict
        ``{'errD': (label, level), ...}``: lines where a loss settles when D can no longer tell. The default is for
        binary cross-entropy (2 ln 2 for D, ln 2 for G); pass ``{}`` for other losses.

    Returns
    -------
    Figure
        Two axes.

    Raises
    ------
    ValueError
        If there is no point with `x` in it, or a line of the file is not JSON.
    """
    history = read_history(history) if isinstance(history, (str, os.PathLike)) else list(history)
    history = [point for point in history if x in point]
    if not history:
        raise ValueError(f'no point of the history has {x!r}: there is nothing to draw')
    distances = sorted({key for point in history for key in point if key.startswith('frechet_')})
    figure = Figure(figsize=(13.5 if distances else 9, 3.2), layout='constrained')
    losses, chances, *third = figure.subplots(1, 3 if distances else 2)
    panels = [(losses, ('errD', 'errG')), (chances, ('D(x)', 'D(G(z))'))] + [(axes, distances) for axes in third]
    for axes, keys in panels:
        for key in keys:
            points = [(point[x], point[key]) for point in history if point.get(key) is not None]
            if points:
                # One lonely point makes no line: mark it.
                marker = 'o' if len(points) == 1 else None
                axes.plot(*zip(*points), color=COLOURS.get(key), label=key, linewidth=1, marker=marker)
                if key in equilibrium:
                    label, level = equilibrium[key]
                    label = f'{key} when D cannot tell: {label} = {level:.3f}'
                    axes.axhline(level, color=COLOURS[key], linestyle=':', label=label)
        axes.set_xlabel(x)
    chances.axhline(0.5, color='grey', linestyle=':', label='D cannot tell: 0.5')
    losses.set_ylabel('loss')
    chances.set_ylabel('probability of being real')
    chances.set_ylim(-0.02, 1.02)
    for axes in third:
        axes.set_ylabel('distance')
        axes.set_ylim(bottom=0)
    for axes, _ in panels:
        if axes.lines:
            axes.legend(fontsize='x-small')
    if title:
        figure.suptitle(title, fontsize='medium')
    return figure


def read_history(path):
    """The points of a ``history.jsonl``, one JSON object a line.

    A last line that is cut off, by a run that was killed while it wrote, is left out.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
        If another line is not JSON; the line is named.
    """
    lines = Path(path).read_text(encoding='utf-8').splitlines()
    points = []
    for number, line in enumerate(lines, 1):
        try:
            points.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(lines):
                raise ValueError(f'{path}, line {number} is not JSON: {line[:40]!r}') from None
    return points


def animate(frames, path, fps=8, ncol=None, scale=1, hold=2.0, back=False):
    """A GIF: what became of the same `fixed_z` over a training, or a walk through the latent space.

    Parameters
    ----------
    frames : sequence
        Image batches as :func:`grid` takes them, PIL images, or paths of image files, in order; all the same size. An array of
        floats ``(K, C, H, W)`` is K frames of one image each, ``(K, N, C, H, W)`` K frames of N.
    path : path
        Where the GIF goes; it appears there complete or not at all.
    fps : float
        Frames a second, above 0 and up to 50: GIF counts in hundredths of a second, and browsers slow down faster ones.
    ncol, scale : int
        For batches, as in :func:`grid`.
    hold : float
        Seconds that the last frame stays before the animation starts again; 0 for a loop without a seam.
    back : bool
        Play it backwards, too, so that there is no jump to the first frame: for what does not end where it began.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    ValueError
        If there is no frame, one differs in size from the first, or fps is out of range.
    """
    if not 0 < fps <= 50:
        raise ValueError(f'fps={fps!r} must be above 0 and at most 50')
    frames = frames.asnumpy() if hasattr(frames, 'asnumpy') else frames
    if isinstance(frames, np.ndarray) and frames.ndim == 4 and np.issubdtype(frames.dtype, np.floating):
        frames = frames[:, None]
    pictures = [_picture(frame, ncol, scale) for frame in frames]
    if not pictures:
        raise ValueError('no frames: an animation needs one at least')
    first = pictures[0]
    for i, picture in enumerate(pictures):
        if picture.size != first.size:
            raise ValueError(f'frame {i} is {picture.width}x{picture.height} and frame 0 {first.width}x{first.height}: '
                             'all must be the same size')
    usual = round(1000 / fps)  # milliseconds
    durations = [usual] * (len(pictures) - 1) + [max(usual, round(1000 * hold))]
    if back:
        pictures, durations = pictures + pictures[-2:0:-1], durations + [usual] * len(pictures[-2:0:-1])
    with whole(path) as unfinished:
        first.save(unfinished, format='GIF', save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    return Path(path)


def save(image, path):
    """Write a PIL image or a figure, complete or not at all; missing folders are made.

    Parameters
    ----------
    image : PIL.Image.Image or matplotlib Figure
    path : path
        Its ending decides the format, such as ``.png``.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    ValueError
        If the ending names no format, or `image` is neither kind.
    """
    path = Path(path)
    if isinstance(image, _Figure):
        formats = {'.' + name: name for name in image.canvas.get_supported_filetypes()}
        write = image.savefig
    elif isinstance(image, Image.Image):
        Image.init()
        formats = {ending: name for ending, name in Image.registered_extensions().items() if name in Image.SAVE}
        write = image.save
    else:
        raise ValueError(f'a {type(image).__name__} is neither a PIL image nor a figure: '
                         'make one with grid, strip or curves')
    if path.suffix.lower() not in formats:
        raise ValueError(f'{path.name}: the ending {path.suffix!r} names no image format that can be written; try .png')
    with whole(path) as unfinished:
        write(unfinished, format=formats[path.suffix.lower()])
    return path


def _levels(images):
    """Whatever images a caller has, as ``(N, H, W, C)`` uint8 with N >= 1 and C 1 or 3."""
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
    # A notebook would keep a JPEG beside the PNG, which for small pictures is the larger of the two, and blurred.
    image._repr_jpeg_ = None
    return image


def _picture(frame, ncol, scale):
    if isinstance(frame, Image.Image):
        return frame
    if isinstance(frame, (str, os.PathLike)):
        with Image.open(frame) as opened:
            return opened.copy()
    return grid(frame, ncol=ncol, scale=scale)
