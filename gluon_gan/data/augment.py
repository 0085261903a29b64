"""Augmentation: the same pictures seen a little differently each time, so that few of them teach a network more.

An augmentation is called with a batch and a generator of random numbers, as :class:`~gluon_gan.data.Batches` does it. It is for training
only: what is measured or shown is never augmented.

OpenCV computes it, which GluonCV brings anyway. imgaug, which the author of the quilt GAN used, has had no release since 2020 and asks
NumPy for ``np.bool``; albumentations 2 wants a newer NumPy than MXNet bears.
"""
import numpy as np

from ..checks import number
from ..pixels import describe


class Augmentation:
    """Flips, one affine warp with reflected edges, blur and brightness, each drawn anew for each picture.

    All that moves pixels is one matrix, so a picture is resampled once, by cubic interpolation: twice, or linear, would teach a network
    to blur.

    Parameters
    ----------
    name : str
        What it is called in a run's ``config.json``.
    mirror, upside_down : float
        How probable a flip left-right and one up-down is.
    affine : float
        The share of pictures that is scaled, turned, sheared and shifted.
    scale : (float, float)
        Least and greatest; above 1 enlarges.
    rotate, shear : float
        Degrees, at most, to either side.
    shift : float
        Share of the picture's side, at most, in each direction.
    crop : float
        Share of the side that is cut away at most, at each of the four edges for itself; what is left is stretched to the whole.
    blur : float
        The share of pictures that is blurred, by a Gaussian of a standard deviation up to 0.5 pixels.
    brightness : float
        Levels are multiplied by a factor from ``1 / (1 + brightness)`` to ``1 + brightness``.
    by_channel : float
        The share of pictures in which each channel has a factor of its own.

    Raises
    ------
    ValueError
        If a value is out of range.
    """

    def __init__(self, name, mirror=0.0, upside_down=0.0, affine=1.0, scale=(1.0, 1.0), rotate=0.0, shear=0.0, shift=0.0, crop=0.0,
                 blur=0.0, brightness=0.0, by_channel=0.0):
        shares = dict(mirror=mirror, upside_down=upside_down, affine=affine, blur=blur, by_channel=by_channel)
        for what, value in shares.items():
            number(what, value, 'a share from 0 to 1', below=np.nextafter(1, 2))
        number('rotate', rotate, 'degrees from 0 to 180', below=np.nextafter(180, 181))
        number('shear', shear, 'degrees from 0 up to, not including, 90', below=90)
        number('shift', shift, 'a share from 0 to 1', below=np.nextafter(1, 2))
        number('crop', crop, 'a share from 0 up to, not including, 0.5', below=0.5)
        number('brightness', brightness, 'a number of at least 0')
        least, most = (number('scale', value, 'two positive numbers', least=1e-3) for value in scale)
        if least > most:
            raise ValueError(f'scale={scale!r} must be the least and the greatest, in this order')
        self.name = str(name)
        self.settings = dict(shares, scale=(least, most), rotate=rotate, shear=shear, shift=shift, crop=crop, brightness=brightness)
        self.__dict__.update(self.settings)

    def __call__(self, batch, rng):
        """A changed copy of a batch.

        Parameters
        ----------
        batch : numpy.ndarray
            ``(N, H, W, C)`` uint8; it stays as it is.
        rng : numpy.random.Generator
            The same state gives the same pixels, with the same OpenCV on the same kind of processor.

        Returns
        -------
        numpy.ndarray
            ``(N, H, W, C)`` uint8.
        """
        if getattr(batch, 'dtype', None) != np.uint8 or batch.ndim != 4:
            raise ValueError(f'a batch must be (N, H, W, C) uint8, not {describe(batch)}')
        batch = np.array(batch)              # a copy in any case: a slice of a data set is a view of it
        for probability, axis in ((self.mirror, 2), (self.upside_down, 1)):
            if probability:
                chosen = rng.random(len(batch)) < probability
                batch[chosen] = np.flip(batch[chosen], axis)
        matrices = self._matrices(len(batch), *batch.shape[1:3], rng)
        if matrices is not None:
            self._warp(batch, matrices)
        if self.blur:
            self._blur(batch, rng)
        return self._brighten(batch, rng) if self.brightness else batch

    def _matrices(self, count, height, width, rng):
        """``(N, 2, 3)``: from a place ``(x, y, 1)`` of the new picture to the one it is taken from; None where nothing moves."""
        if not (self.crop or self.rotate or self.shear or self.shift or self.scale != (1, 1)):
            return None
        sides = np.array([width, height])
        chosen = rng.random(count) < self.affine
        zoom = np.exp(rng.uniform(*np.log(self.scale), count)) if self.scale[0] < self.scale[1] else np.full(count, self.scale[0])
        turn, lean = (np.deg2rad(rng.uniform(-most, most, count)) for most in (self.rotate, self.shear))
        move = rng.uniform(-self.shift, self.shift, (count, 2)) * sides
        forward = np.array([[np.cos(turn), -np.sin(turn + lean)], [np.sin(turn), np.cos(turn + lean)]]).transpose(2, 0, 1)
        forward = np.where(chosen[:, None, None], zoom[:, None, None] * forward, np.eye(2))
        move = np.where(chosen[:, None], move, 0)
        near, far = rng.uniform(0, self.crop, (2, count, 2))         # at the left and top, at the right and bottom
        backward = np.linalg.inv(forward)
        middle = (sides - 1) / 2
        start = np.einsum('nij,nj->ni', backward, (near - far) / 2 * sides - move)
        matrix = backward * (1 - near - far)[:, None, :]
        return np.concatenate([matrix, (middle + start - matrix @ middle)[..., None]], 2)

    @staticmethod
    def _warp(batch, matrices):
        cv2 = _opencv()
        still = np.eye(2, 3)
        for picture, matrix in zip(batch, matrices):
            if not np.array_equal(matrix, still):
                new = cv2.warpAffine(picture, matrix, picture.shape[1::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                                     borderMode=cv2.BORDER_REFLECT_101)
                picture[:] = new.reshape(picture.shape)         # OpenCV leaves out the axis of a single channel

    def _blur(self, batch, rng):
        cv2, chosen = _opencv(), rng.random(len(batch)) < self.blur
        widths = 0.5 * (1 - rng.random(len(batch)))      # never 0, which tells OpenCV to choose
        for index in np.flatnonzero(chosen):
            new = cv2.GaussianBlur(batch[index], (5, 5), widths[index], borderType=cv2.BORDER_REFLECT_101)
            batch[index] = new.reshape(batch[index].shape)

    def _brighten(self, batch, rng):
        count, channels = len(batch), batch.shape[3]
        most = np.log1p(self.brightness)
        factors = np.exp(rng.uniform(-most, most, (count, channels)))
        alike = rng.random(count) >= self.by_channel
        factors[alike] = factors[alike, :1]
        levels = batch * factors[:, None, None].astype(np.float32)
        np.rint(levels, out=levels)
        return np.minimum(levels, 255, out=levels).astype(np.uint8)

    def __repr__(self):
        return f"{self.name}({', '.join(f'{what}={value}' for what, value in self.settings.items() if value not in (0, (1, 1)))})"


def mirror():
    """Every second picture is mirrored left-right, at random."""
    return Augmentation('mirror', mirror=0.5, affine=0.0)


def flips():
    """Mirrored left-right and turned upside down, each of every second picture, at random: for what has no upside, such as patchwork."""
    return Augmentation('flips', mirror=0.5, upside_down=0.5, affine=0.0)


def light(**changes):
    """For faces and photographs: mirrored at random; half of them shifted by up to 3 %, zoomed by up to 6 %; 10 % brighter or darker.

    Half of the pictures keep their place, and with it the sharpness that any resampling costs.
    """
    return Augmentation('light', **{**dict(mirror=0.5, affine=0.5, scale=(0.97, 1.06), shift=0.03, brightness=0.1), **changes})


def quilts(**changes):
    """For patchwork, which has no upside: the list of the quilt GAN's author (vishnubob/penetrails, ``quilt/imgdb.py``).

    Flipped either way half of the time; 80 % scaled by 0.8 to 1.5, turned and sheared by up to 5 degrees; cropped by up to 20 % at each
    edge; 10 % blurred by up to half a pixel; brightness, in half of them by channel. Two things are not his: edges are reflected, where
    his are black, and brightness is multiplied by 0.8 to 1.25, where he adds 0.8 to 2 of 255 levels, which nobody sees. He changed
    photographs of full size; of pictures that are small already, what is enlarged by 1.5 is soft.
    """
    return Augmentation('quilts', **{**dict(mirror=0.5, upside_down=0.5, affine=0.8, scale=(0.8, 1.5), rotate=5, shear=5, crop=0.2,
                                            blur=0.1, brightness=0.25, by_channel=0.5), **changes})


def none():
    """None: pictures as they are, which is what Batches takes it for."""
    return None


AUGMENTATIONS = {'none': none, 'mirror': mirror, 'flips': flips, 'light': light, 'quilts': quilts}


def named(name):
    """An augmentation by its name, as a command line gives it.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.
    """
    if not isinstance(name, str) or name not in AUGMENTATIONS:
        raise ValueError(f"there is no augmentation {name!r}; there are {', '.join(AUGMENTATIONS)}")
    return AUGMENTATIONS[name]()


def _opencv():
    """The module cv2, first asked for here: data sets can be looked at where it does not load."""
    try:
        import cv2
    except ImportError as error:      # its wheel links libGL, which a server may not have
        raise ImportError(f'augmentation needs OpenCV, and it does not load: {error}; where libGL is missing, install libgl1 '
                          'or opencv-python-headless of the same version') from error
    cv2.setNumThreads(1)      # pictures of this size gain nothing by more, and MXNet wants the cores
    return cv2
