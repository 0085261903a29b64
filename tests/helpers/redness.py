"""A scorer whose scores can be computed by hand, and a small folder of images for which every decision occurs."""
import numpy as np
from PIL import Image


class Redness:
    """A scorer that returns the mean of the red channel.

    Parameters
    ----------
    objections : dict, optional
        From a score to the objection that is raised with it.
    stop : int, optional
        The number of the call that raises a KeyboardInterrupt.
    """

    size, threshold = 16, 0.5

    def __init__(self, objections=None, stop=None):
        self.objections, self.stop, self.calls = objections or {}, stop, 0

    def settings(self):
        return {'scorer': 'redness'}

    def __call__(self, squares):
        assert squares.dtype == np.uint8 and squares.shape[1:] == (16, 16, 3)
        self.calls += 1
        if self.calls == self.stop:
            raise KeyboardInterrupt
        scores = squares[..., 0].mean((1, 2)) / 255
        return scores, [self.objections.get(round(float(score), 2)) for score in scores]


def image(red, seed, size=(96, 80)):
    """An image with a constant red channel; the other channels are smooth and different for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    pixels = np.array(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    pixels[..., 0] = red
    return Image.fromarray(pixels)


def fill(folder):
    """Write at least one image for every decision to `folder`, and return it."""
    (folder / 'b' / 'deep').mkdir(parents=True)
    image(255, 1).save(folder / 'a red.png')
    image(255, 2).save(folder / 'b' / 'red.jpg')
    image(0, 3).save(folder / 'b' / 'blue.png')
    image(255, 1).resize((84, 70)).save(folder / 'b' / 'deep' / 'again.png')
    image(255, 2).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / 'b' / 'reflected.png')
    image(255, 4, (96, 63)).save(folder / 'c tiny.png')
    (folder / 'd.png').write_text('not an image')
    (folder / 'e.jpg').write_bytes((folder / 'b' / 'red.jpg').read_bytes()[:900])
    (folder / 'notes.txt').write_text('ignored')
    return folder


def tree(folder):
    """From the relative path of each file below a folder to its contents."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob('*')) if path.is_file()}
