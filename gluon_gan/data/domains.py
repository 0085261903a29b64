"""Two sets of pictures of different things, for translating the one into the other: photographs, or what this package draws."""
from pathlib import Path, PurePosixPath

import numpy as np

from . import catalogue, fetch
from .cache import decoded
from .containers import Container
from .drawn.faces import draw as draw_faces
from .drawn.people import ATTRIBUTES, attributes, people
from .drawn.quilts import BLOCKS, draw as draw_quilts, plans
from .folders import folder
from .images import ImageArray
from .locate import offline, root

PARTS = {'train': ('trainA', 'trainB'), 'test': ('testA', 'testB')}
HORSES = 'horse2zebra'
# Where its authors' scripts look for it, and where they did before; length and sha256 as tensorflow/datasets has them (url_checksums/cycle_gan.txt).
URLS = ('http://efrosgans.eecs.berkeley.edu/cyclegan/datasets/horse2zebra.zip',
        'https://people.eecs.berkeley.edu/~taesung_park/CycleGAN/datasets/horse2zebra.zip')
SHA256, BYTES = 'a74d9d392eecca9966b51287a76ca126af473d9de4f3e8fc0e9cda08fa1730a1', 116_867_962
RANGES = {'a': {'train': (0, 4000), 'test': (10_000, 10_500)}, 'b': {'train': (4000, 7600), 'test': (10_500, 11_000)}}
DRAWN = {   # name: (what is drawn, the parameters that make the domain, its first and last pictures in each split: none is in two of them)
    'drawn_plain': ('faces', dict(glasses=0, lens=0), RANGES['a']),
    'drawn_glasses': ('faces', dict(glasses=1, lens=0), RANGES['b']),
    'drawn_red': ('quilts', dict(palette=12), RANGES['a']),
    'drawn_teal': ('quilts', dict(palette=6), RANGES['b']),
}


class TwoDomains:
    """Domain A and domain B, which need not have equally many pictures.

    Parameters
    ----------
    a, b : ImageArray
        Of the same size. Where one is grey and the other is not, the grey one is shown in three equal channels.

    Attributes
    ----------
    name : str
    stand_in : bool
        Whether either is one.
    size, channels : int

    Raises
    ------
    ValueError
        If one is empty, or they are of different sizes, or not square.
    """

    def __init__(self, a, b):
        for name, images in (('A', a), ('B', b)):
            if not len(images):
                raise ValueError(f'domain {name}, {images.name}, is empty: a translation needs pictures of both')
        if a.size != b.size or not isinstance(a.size, int):
            raise ValueError(f'domain A has pictures of {a.size} pixels and B of {b.size}: load both at the same size, square')
        if a.channels != b.channels:
            a, b = _coloured(a), _coloured(b)
        self.a, self.b = a, b
        self.name, self.stand_in, self.size, self.channels = f'{a.name} and {b.name}', a.stand_in or b.stand_in, a.size, a.channels

    def __len__(self):
        """Pictures of the larger one."""
        return max(len(self.a), len(self.b))

    def __iter__(self):
        return iter((self.a, self.b))

    def __repr__(self):
        return f'<TwoDomains {self.a!r} and {self.b!r}>'


def two_domains(path, split='train', size=128, download=None):
    """Two sets of pictures in the layout of horse2zebra: ``trainA``, ``trainB``, ``testA``, ``testB``.

    Parameters
    ----------
    path : path
        The folder or the zip that holds these four, or a name under :func:`root` such as 'horse2zebra'.
    split : str
        'train' or 'test'.
    size : int
    download : bool, optional
        Of 'horse2zebra' (117 MB), where it is not there: not if this is False or ``GLUON_GAN_OFFLINE=1``.

    Returns
    -------
    (ImageArray, ImageArray)
        Domain A and domain B, of different lengths.

    Raises
    ------
    ValueError, FileNotFoundError, DownloadError
        As :func:`folder`, for another split, and where it is missing.
    """
    if split not in PARTS:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, PARTS))}')
    place = _find(path)
    if place is None and str(path) == HORSES and not (download is False or (download is None and offline())):
        place = fetch.download(list(URLS), root() / f'{HORSES}.zip', SHA256, BYTES)
    if place is None:
        raise FileNotFoundError(f'there is no {path}, here or in {root()}: two domains lie in trainA, trainB, testA and testB, as in horse2zebra '
                                '(datasets/two_domains.md)')
    if place.is_dir():
        missing = [name for name in PARTS[split] if not (place / name).is_dir()]
        if missing:
            raise FileNotFoundError(f'{place} has no {" and no ".join(missing)}: two domains lie in trainA, trainB, testA and testB, as in horse2zebra')
        return tuple(folder(place / name, size) for name in PARTS[split])
    return tuple(_zipped(place, part, size) for part in PARTS[split])


def domain(name, split='train', size=64):
    """One domain by its name, as a command line gives it.

    Parameters
    ----------
    name : str
        'drawn_red' or 'drawn_teal': drawn quilts, each in fabrics of six colours; 'drawn_plain' or 'drawn_glasses': drawn faces without
        and with glasses that one sees through. 4,000 and 3,600 are to train on, 500 each to test, and none is in two of these. Or what
        :func:`gluon_gan.data.load` takes.
    split : str
        'train' or 'test'.
    size : int

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is none of that name, or it has no such split.
    """
    if split not in PARTS:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, PARTS))}')
    if name in DRAWN:
        kind, _, ranges = DRAWN[name]
        plan = {'faces': people, 'quilts': plans}[kind]
        return as_drawn(name, plan(0, np.arange(*ranges[split])), size, f'{name} {split}')
    if name not in catalogue.SETS and not Path(name).exists():
        raise ValueError(f"there is no domain {name!r}, and no such folder; the domains are {', '.join((*DRAWN, *catalogue.SETS))}")
    if split == 'train':
        return catalogue.load(name, size=size)
    images = catalogue.held_out(name, size=size)
    if images is None:
        raise ValueError(f'{name} has no test pictures')
    return images


def as_drawn(name, parameters, size=64, title=None):
    """What a drawn domain makes of any parameters: the truth that a translation to it is compared with.

    Parameters
    ----------
    name : str
        A key of :data:`DRAWN`.
    parameters : dict
        Of faces or quilts, ``(N,)`` each; what makes the domain is set, and everything else stays.
    size : int
    title : str, optional
        What the set is called.

    Returns
    -------
    ImageArray
        With ``.parameters``; of faces with ``.attributes``, of quilts with labels.
    """
    kind, fixed, _ = DRAWN[name]
    p = {**parameters, **{key: np.full_like(parameters[key], value) for key, value in fixed.items()}}
    images = {'faces': draw_faces, 'quilts': draw_quilts}[kind](p, size)
    title = f'{title or name} ({len(images):,} {kind} drawn by gluon_gan)'
    if kind == 'faces':
        return ImageArray(images, title, attributes=attributes(p), attribute_names=ATTRIBUTES, parameters=p)
    return ImageArray(images, title, labels=p['block'].astype(np.int64), parameters=p, classes=BLOCKS)


def _find(path):
    """The folder or zip that is meant, here or under the root; None if there is none."""
    for place in (Path(path), root() / path):
        for each in (place, place.with_name(place.name + '.zip')):
            if each.exists():
                return each
    return None


def _zipped(place, part, size):
    """One of the four of a zip, wherever in it they lie."""
    name = f'{place.stem}-{part}'
    images, _ = decoded(Container(place, lambda item: part in PurePosixPath(item).parent.parts), size, name)
    return ImageArray(images, f'{name} ({len(images):,} pictures)')


def _coloured(images):
    """Three equal channels of a grey set, and another as it is."""
    if images.channels == 3:
        return images
    return ImageArray(np.repeat(images.images, 3, axis=3), images.name, images.stand_in, images.labels, images.attributes, images.attribute_names,
                      images.parameters, images.classes)
