"""Animated GIF files."""
import os
from pathlib import Path

import numpy as np
from PIL import Image

from ..support.files import atomic_write
from .grids import grid


def animate(frames, path, fps=8, ncol=None, scale=1, hold=2.0, back=False):
    """Write an animated GIF, for example of the images of the same z during training, or of a walk.

    Parameters
    ----------
    frames : sequence
        The frames in order: image batches as for :func:`grid`, PIL images, or paths of image files, all of the same
        size. A float array ``(K, C, H, W)`` is K frames of one image each, and ``(K, N, C, H, W)`` is K frames of N
        images.
    path : path
        The file to write. It is written completely or not at all.
    fps : float
        Frames per second, above 0 and at most 50. GIF stores durations in hundredths of a second, and browsers slow
        down faster animations.
    ncol, scale : int
        For batches, as in :func:`grid`.
    hold : float
        Seconds for which the last frame is shown before the animation repeats; 0 for a seamless loop.
    back : bool
        Whether to append the frames in reverse order, so that an animation whose ends differ repeats without a jump.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    ValueError
        If there are no frames, their sizes differ, or fps is out of range.
    """
    if not 0 < fps <= 50:
        raise ValueError(f'fps must be above 0 and at most 50, not {fps!r}')
    frames = frames.asnumpy() if hasattr(frames, 'asnumpy') else frames
    if isinstance(frames, np.ndarray) and frames.ndim == 4 and np.issubdtype(frames.dtype, np.floating):
        frames = frames[:, None]
    images = [_pil_image(frame, ncol, scale) for frame in frames]
    if not images:
        raise ValueError('no frames: an animation needs at least one')
    first = images[0]
    for i, image in enumerate(images):
        if image.size != first.size:
            raise ValueError(f'frame {i} has {image.width}x{image.height} pixels and frame 0 has '
                             f'{first.width}x{first.height}: all frames must have the same size')
    duration = round(1000 / fps)  # milliseconds
    durations = [duration] * (len(images) - 1) + [max(duration, round(1000 * hold))]
    if back:
        images, durations = images + images[-2:0:-1], durations + [duration] * len(images[-2:0:-1])
    with atomic_write(path) as temporary:
        first.save(temporary, format='GIF', save_all=True, append_images=images[1:], duration=durations, loop=0)
    return Path(path)


def _pil_image(frame, ncol, scale):
    if isinstance(frame, Image.Image):
        return frame
    if isinstance(frame, (str, os.PathLike)):
        with Image.open(frame) as opened:
            return opened.copy()
    return grid(frame, ncol=ncol, scale=scale)
