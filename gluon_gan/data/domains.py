"""Two image domains, such as horses and zebras, for image translation."""
from pathlib import Path, PurePosixPath

from ..support import fetch
from ..support.checks import one_of, path_or_name, shown
from ..support.locate import offline, root
from .archives import Container
from .folders import folder, load_images, with_channels
from .image_array import ImageArray

PARTS = {'train': ('trainA', 'trainB'), 'test': ('testA', 'testB')}
HORSES = 'horse2zebra'
LAYOUT = 'put the domains into trainA, trainB, testA and testB, as datasets/two_domains.md describes'
# The authors' current and earlier address; length and sha256 from tensorflow/datasets (url_checksums/cycle_gan.txt)
URLS = ('http://efrosgans.eecs.berkeley.edu/cyclegan/datasets/horse2zebra.zip',
        'https://people.eecs.berkeley.edu/~taesung_park/CycleGAN/datasets/horse2zebra.zip')
SHA256, BYTES = 'a74d9d392eecca9966b51287a76ca126af473d9de4f3e8fc0e9cda08fa1730a1', 116_867_962


class TwoDomains:
    """Two image domains, A and B, which may have different numbers of images.

    Parameters
    ----------
    a, b : ImageArray
        Square images of the same size. If only one domain is in colour, the grey one is repeated in three channels.

    Attributes
    ----------
    name : str
        The names of both domains.
    stand_in : bool
        Whether either domain is a stand-in.
    size, channels : int

    Raises
    ------
    ValueError
        If a domain is empty, or the images are not square or not of the same size.
    """

    def __init__(self, a, b):
        for name, images in (('A', a), ('B', b)):
            if not isinstance(images, ImageArray):
                raise ValueError(f'domain {name} must be an ImageArray, not {shown(images)}')
            if not len(images):
                raise ValueError(f'domain {name}, {images.name}, is empty: a translation needs images of both domains')
        if a.size != b.size or not isinstance(a.size, int):
            raise ValueError(f'domain A has images of {a.size} pixels and B of {b.size}: load squares of one size')
        if a.channels != b.channels:
            a, b = with_channels(a, 3), with_channels(b, 3)
        self.a, self.b = a, b
        self.name, self.stand_in = f'{a.name} and {b.name}', a.stand_in or b.stand_in
        self.size, self.channels = a.size, a.channels

    def __len__(self):
        """The number of images in the larger domain."""
        return max(len(self.a), len(self.b))

    def __iter__(self):
        return iter((self.a, self.b))

    def __repr__(self):
        return f'<TwoDomains {self.a!r} and {self.b!r}>'


def two_domains(path, split='train', size=128, download=None, channels=None):
    """Load two domains in the layout of horse2zebra: the folders ``trainA``, ``trainB``, ``testA`` and ``testB``.

    Parameters
    ----------
    path : path
        The folder or the zip that contains these four folders, or its name in :func:`root`, such as 'horse2zebra'.
    split : str
        'train' or 'test'.
    size : int
        Pixels a side.
    download : bool, optional
        'horse2zebra' is downloaded (117 MB) if it is missing, unless this is False or ``GLUON_GAN_OFFLINE=1``.
    channels : int, optional
        1 for grey or 3 for RGB. By default 1 for a domain whose images are all grey, and 3 otherwise.

    Returns
    -------
    a, b : ImageArray
        Domain A and domain B, which may have different numbers of images.

    Raises
    ------
    ValueError
        If there is no such split, or a folder has no images or too many unusable ones.
    FileNotFoundError, DownloadError
        If a domain is missing, and the download is not allowed or fails.
    """
    one_of('split', split, PARTS)
    place = _find(path_or_name('path', path))
    if place is None and str(path) == HORSES and (download or (download is None and not offline())):
        place = fetch.download(list(URLS), root() / f'{HORSES}.zip', SHA256, BYTES)
    if place is None:
        raise FileNotFoundError(f'there is no {path}, here or in {root()}: {LAYOUT}')
    if place.is_dir():
        missing = [name for name in PARTS[split] if not (place / name).is_dir()]
        if missing:
            raise FileNotFoundError(f'{place} has no {" and no ".join(missing)}: {LAYOUT}')
        return tuple(folder(place / name, size, channels=channels) for name in PARTS[split])
    return tuple(_zipped(place, part, size, channels) for part in PARTS[split])


def _find(path):
    """The folder or zip of this path, or of this name in the data root; None if there is neither."""
    for place in (Path(path), root() / path):
        for each in (place, place.with_name(place.name + '.zip')):
            if each.exists():
                return each
    return None


def _zipped(place, part, size, channels):
    """Load one of the four folders in a zip, at any depth."""
    name = f'{place.stem}-{part}'
    container = Container(place, lambda item: part in PurePosixPath(item).parent.parts)
    images, _ = load_images(container, size, name, channels=channels)
    return ImageArray(images, f'{name} ({len(images):,} pictures)')
