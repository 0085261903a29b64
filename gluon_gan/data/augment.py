"""Augmentation: random changes to the training images, so that a network overfits less on small data sets.

An augmentation is a callable that takes a batch and a random generator; :class:`~gluon_gan.data.Batches` calls it. It
is used in training only: images that are measured or shown are not augmented.

The operations are implemented with OpenCV, which GluonCV depends on anyway. imgaug, which the author of the quilt GAN
used, has had no release since 2020 and needs ``np.bool``, which NumPy has removed. albumentations 2 needs a newer NumPy
than MXNet supports.
"""
import numpy as np

from ..support.checks import number, shown
from ..support.pixels import describe


class Augmentation:
    """Flips, an affine warp with reflected edges, blur and brightness, sampled independently for each image.

    All geometric operations except the flips are combined into one matrix, so an image is resampled only once, by cubic
    interpolation. Repeated or linear resampling would blur the images, and the network would learn the blur.

    Parameters
    ----------
    name : str
        The name in a run's ``config.json``.
    mirror, upside_down : float
        The probabilities of a horizontal and of a vertical flip.
    affine : float
        The fraction of images that are scaled, rotated, sheared and shifted.
    scale : (float, float)
        The smallest and the largest factor; values above 1 enlarge.
    rotate, shear : float
        The largest angle in degrees, in either direction.
    shift : float
        The largest shift in each direction, as a fraction of the side.
    crop : float
        The largest fraction of the side that is cropped at each of the four edges, independently. The rest is stretched
        to the full size.
    blur : float
        The fraction of images that are blurred, by a Gaussian with a standard deviation of up to 0.5 pixels.
    brightness : float
        Pixel values are multiplied by a factor from ``1 / (1 + brightness)`` to ``1 + brightness``.
    by_channel : float
        The fraction of images in which each channel has a different brightness factor.

    Raises
    ------
    ValueError
        If a value is out of range.
    """

    def __init__(self, name, mirror=0.0, upside_down=0.0, affine=1.0, scale=(1.0, 1.0), rotate=0.0, shear=0.0,
                 shift=0.0, crop=0.0, blur=0.0, brightness=0.0, by_channel=0.0):
        probabilities = dict(mirror=mirror, upside_down=upside_down, affine=affine, blur=blur, by_channel=by_channel)
        for what, value in probabilities.items():
            number(what, value, 'a number from 0 to 1', below=np.nextafter(1, 2))
        number('rotate', rotate, 'degrees from 0 to 180', below=np.nextafter(180, 181))
        number('shear', shear, 'degrees from 0 to less than 90', below=90)
        number('shift', shift, 'a number from 0 to 1', below=np.nextafter(1, 2))
        number('crop', crop, 'a number from 0 to less than 0.5', below=0.5)
        number('brightness', brightness, 'a number of at least 0')
        if not isinstance(scale, (list, tuple)) or len(scale) != 2:
            raise ValueError(f'scale must be two positive numbers, not {shown(scale)}')
        smallest, largest = (number('scale', value, 'two positive numbers', least=1e-3) for value in scale)
        if smallest > largest:
            raise ValueError(f'scale={scale!r} must be the smallest and the largest factor, in this order')
        self.name = str(name)
        self.settings = dict(probabilities, scale=(smallest, largest), rotate=rotate, shear=shear, shift=shift,
                             crop=crop, brightness=brightness)
        self.__dict__.update(self.settings)

    def __call__(self, batch, rng):
        """Augment a copy of a batch.

        Parameters
        ----------
        batch : numpy.ndarray
            ``(N, H, W, C)`` uint8; it is not changed.
        rng : numpy.random.Generator
            The same state gives the same pixels, with the same version of OpenCV on the same type of processor.

        Returns
        -------
        numpy.ndarray
            ``(N, H, W, C)`` uint8.
        """
        if getattr(batch, 'dtype', None) != np.uint8 or batch.ndim != 4:
            raise ValueError(f'a batch must be (N, H, W, C) uint8, not {describe(batch)}')
        batch = np.array(batch)              # always a copy: a slice of a data set is a view
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
        """Matrices ``(N, 2, 3)`` from new positions ``(x, y, 1)`` to old ones; None if the settings move no pixel."""
        if not (self.crop or self.rotate or self.shear or self.shift or self.scale != (1, 1)):
            return None
        sides = np.array([width, height])
        chosen = rng.random(count) < self.affine
        smallest, largest = self.scale
        zoom = np.exp(rng.uniform(*np.log(self.scale), count)) if smallest < largest else np.full(count, smallest)
        rotation, shear = (np.deg2rad(rng.uniform(-most, most, count)) for most in (self.rotate, self.shear))
        shift = rng.uniform(-self.shift, self.shift, (count, 2)) * sides
        forward = np.array([[np.cos(rotation), -np.sin(rotation + shear)],
                            [np.sin(rotation), np.cos(rotation + shear)]]).transpose(2, 0, 1)
        forward = np.where(chosen[:, None, None], zoom[:, None, None] * forward, np.eye(2))
        shift = np.where(chosen[:, None], shift, 0)
        near, far = rng.uniform(0, self.crop, (2, count, 2))         # left and top; right and bottom
        backward = np.linalg.inv(forward)
        centre = (sides - 1) / 2
        offset = np.einsum('nij,nj->ni', backward, (near - far) / 2 * sides - shift)
        matrix = backward * (1 - near - far)[:, None, :]
        return np.concatenate([matrix, (centre + offset - matrix @ centre)[..., None]], 2)

    @staticmethod
    def _warp(batch, matrices):
        cv2 = _opencv()
        identity = np.eye(2, 3)
        for image, matrix in zip(batch, matrices):
            if not np.array_equal(matrix, identity):
                new = cv2.warpAffine(image, matrix, image.shape[1::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                                     borderMode=cv2.BORDER_REFLECT_101)
                image[:] = new.reshape(image.shape)         # OpenCV drops the axis of a single channel

    def _blur(self, batch, rng):
        cv2, chosen = _opencv(), rng.random(len(batch)) < self.blur
        sigmas = 0.5 * (1 - rng.random(len(batch)))      # never 0, for which OpenCV would choose a value
        for index in np.flatnonzero(chosen):
            new = cv2.GaussianBlur(batch[index], (5, 5), sigmas[index], borderType=cv2.BORDER_REFLECT_101)
            batch[index] = new.reshape(batch[index].shape)

    def _brighten(self, batch, rng):
        count, channels = len(batch), batch.shape[3]
        largest = np.log1p(self.brightness)
        factors = np.exp(rng.uniform(-largest, largest, (count, channels)))
        equal = rng.random(count) >= self.by_channel
        factors[equal] = factors[equal, :1]
        levels = batch * factors[:, None, None].astype(np.float32)
        np.rint(levels, out=levels)
        return np.minimum(levels, 255, out=levels).astype(np.uint8)

    def __repr__(self):
        changed = {what: value for what, value in self.settings.items() if value not in (0, (1, 1))}
        return f"{self.name}({', '.join(f'{what}={value}' for what, value in changed.items())})"


def mirror():
    """Flip each image horizontally with probability 0.5."""
    return Augmentation('mirror', mirror=0.5, affine=0.0)


def flips():
    """Flip each image horizontally and vertically, with probability 0.5 each: for images without a top, like quilts."""
    return Augmentation('flips', mirror=0.5, upside_down=0.5, affine=0.0)


def light(**changes):
    """Light augmentation, for faces and photographs.

    Half of the images are flipped horizontally. Half are shifted by up to 3 % and scaled by 0.97 to 1.06; the others
    are not resampled and stay sharp. The brightness changes by up to 10 %. Arguments of :class:`Augmentation` replace
    these settings.
    """
    settings = dict(mirror=0.5, affine=0.5, scale=(0.97, 1.06), shift=0.03, brightness=0.1)
    return Augmentation('light', **{**settings, **changes})


def quilts(**changes):
    """Strong augmentation, for images that look the same upside down, such as quilts.

    It follows the author of the quilt GAN (vishnubob/penetrails, ``quilt/imgdb.py``). Half of the images are flipped
    horizontally and half vertically; 80 % are scaled by 0.8 to 1.5, and rotated and sheared by up to 5 degrees; all are
    cropped by up to 20 % at each edge; 10 % are blurred, with a standard deviation of up to half a pixel; the
    brightness changes, in half of the images for each channel separately.

    In contrast to the original, edges are reflected, not black; and brightness is multiplied by 0.8 to 1.25, where the
    original adds 0.8 to 2 of 255 levels, which is invisible. The original augments photographs at full size; small
    images become soft when they are enlarged by 1.5. Arguments of :class:`Augmentation` replace these settings.
    """
    settings = dict(mirror=0.5, upside_down=0.5, affine=0.8, scale=(0.8, 1.5), rotate=5, shear=5, crop=0.2, blur=0.1,
                    brightness=0.25, by_channel=0.5)
    return Augmentation('quilts', **{**settings, **changes})


def none():
    """No augmentation: None, which leaves the images of :class:`~gluon_gan.data.Batches` unchanged."""
    return None


AUGMENTATIONS = {'none': none, 'mirror': mirror, 'flips': flips, 'light': light, 'quilts': quilts}


def named(name):
    """Make the augmentation of this name, a key of :data:`AUGMENTATIONS`; ValueError for any other name."""
    if not isinstance(name, str) or name not in AUGMENTATIONS:
        raise ValueError(f"there is no augmentation {shown(name)}; there are {', '.join(AUGMENTATIONS)}")
    return AUGMENTATIONS[name]()


def _opencv():
    """Import cv2 when it is first needed: data sets can be used without augmentation where it does not load."""
    try:
        import cv2
    except ImportError as error:      # its wheel links libGL, which a server may not have
        raise ImportError(f'augmentation needs OpenCV, which does not load: {error}; if libGL is missing, install '
                          'libgl1 or opencv-python-headless of the same version') from error
    cv2.setNumThreads(1)      # images of this size gain nothing from more threads, and MXNet needs the cores
    return cv2
