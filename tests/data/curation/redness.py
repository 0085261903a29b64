"""A scorer that can be worked out by hand, and a small folder of pictures of which curation has something to say."""
import numpy as np
from PIL import Image


class Redness:
    """A scorer whose scores can be worked out by hand: the mean of the red channel."""

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


def picture(red, seed, size=(96, 80)):
    """The red channel even, so that the scores follow; the others smooth and different for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    image = np.array(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    image[..., 0] = red
    return Image.fromarray(image)


def fill(folder):
    """One of everything; returns `folder`."""
    (folder / 'b' / 'deep').mkdir(parents=True)
    picture(255, 1).save(folder / 'a red.png')
    picture(255, 2).save(folder / 'b' / 'red.jpg')
    picture(0, 3).save(folder / 'b' / 'blue.png')
    picture(255, 1).resize((84, 70)).save(folder / 'b' / 'deep' / 'again.png')
    picture(255, 2).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / 'b' / 'turned.png')
    picture(255, 4, (96, 63)).save(folder / 'c tiny.png')
    (folder / 'd.png').write_text('no picture')
    (folder / 'e.jpg').write_bytes((folder / 'b' / 'red.jpg').read_bytes()[:900])
    (folder / 'notes.txt').write_text('left alone')
    return folder
