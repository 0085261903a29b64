"""Synthetic faces and quilts as data sets, by name and split; :mod:`gluon_gan.synthetic` renders them."""
import numpy as np

from .. import synthetic
from ..support.checks import one_of, shown
from ..synthetic import ATTRIBUTES, BLOCKS
from .image_array import ImageArray

# Each split is a range of indices: the first, and one past the last. No two splits of a pair of domains overlap.
FACES = {'train': (0, 10_000), 'test': (10_000, 12_000), 'all': (0, 12_000)}
QUILTS = {'train': (0, 20_000), 'test': (20_000, 22_000), 'all': (0, 22_000)}
SPLITS_A, SPLITS_B = {'train': (0, 4000), 'test': (10_000, 10_500)}, {'train': (4000, 7600), 'test': (10_500, 11_000)}
DOMAINS = {   # name: (what is rendered, the parameters that define the domain, its splits)
    'synthetic_plain': ('faces', dict(glasses=0, lens=0), SPLITS_A),
    'synthetic_glasses': ('faces', dict(glasses=1, lens=0), SPLITS_B),
    'synthetic_red': ('quilts', dict(palette=12), SPLITS_A),
    'synthetic_teal': ('quilts', dict(palette=6), SPLITS_B),
}


def render_faces(count, size=64, seed=0, start=0, name=None, stand_in=False):
    """Synthetic faces as an ImageArray.

    Parameters
    ----------
    count, size, seed, start : int
        See :func:`gluon_gan.synthetic.faces`, which raises ValueError if one is out of range.
    name : str, optional
        The name of the data set; by default it contains the count.
    stand_in : bool
        Whether the faces stand in for a data set that is not available.

    Returns
    -------
    ImageArray
        ``(count, size, size, 3)`` uint8. `.attributes` is ``(count, 40)`` bool, exact, with CelebA's
        `.attribute_names`. `.parameters` are the numbers that the faces were rendered from.
    """
    images, attributes, parameters = synthetic.faces(count, size, seed, start)
    name = name or f'{count:,} synthetic faces'
    return ImageArray(images, name, stand_in, None, attributes, ATTRIBUTES, parameters)


def render_quilts(count, size=64, seed=0, start=0, name=None, stand_in=False):
    """Synthetic quilts as an ImageArray; parameters and errors are the same as for :func:`render_faces`.

    Returns
    -------
    ImageArray
        ``(count, size, size, 3)`` uint8. `.labels` are the indices of the quilt blocks, `.classes` their names, and
        `.parameters` the numbers that the quilts were rendered from.
    """
    images, labels, parameters = synthetic.quilts(count, size, seed, start)
    name = name or f'{count:,} synthetic quilts'
    return ImageArray(images, name, stand_in, labels, parameters=parameters, classes=BLOCKS)


def synthetic_faces(split='train', size=64):
    """Synthetic faces by split, for experiments that need exact attributes, whether CelebA is available or not.

    Parameters
    ----------
    split : str
        'train' (10,000), 'test' (2,000) or 'all'.
    size : int
        Pixels a side, 16 to 512. A thousand faces of 64 x 64 pixels take about a second; they are not cached.

    Returns
    -------
    ImageArray
        See :func:`render_faces`.

    Raises
    ------
    ValueError
        If there is no such split, or the size is out of range.
    """
    one_of('split', split, FACES)
    first, last = FACES[split]
    return render_faces(last - first, size, 0, first, f'synthetic_faces {split} ({last - first:,} synthetic faces)')


def synthetic_quilts(split='train', size=64):
    """Synthetic quilts of known blocks by split, whether photographs are available or not.

    Parameters
    ----------
    split : str
        'train' (20,000), 'test' (2,000) or 'all'.
    size : int
        Pixels a side, 16 to 512. A thousand quilts of 64 x 64 pixels take about a second; they are not cached.

    Returns
    -------
    ImageArray
        See :func:`render_quilts`.

    Raises
    ------
    ValueError
        If there is no such split, or the size is out of range.
    """
    one_of('split', split, QUILTS)
    first, last = QUILTS[split]
    return render_quilts(last - first, size, 0, first, f'synthetic_quilts {split} ({last - first:,} synthetic quilts)')


def synthetic_domain(name, split='train', size=64):
    """A domain of synthetic images, for image translation.

    Parameters
    ----------
    name : str
        'synthetic_red' or 'synthetic_teal', quilts in two palettes of six colours; or 'synthetic_plain' or
        'synthetic_glasses', faces without glasses and with transparent ones.
    split : str
        'train' (4,000 images of the first domain of each pair, 3,600 of the second) or 'test' (500 images each). The
        splits of both domains of a pair have no image in common.
    size : int
        Pixels a side, 16 to 512.

    Returns
    -------
    ImageArray
        See :func:`render_domain`.

    Raises
    ------
    ValueError
        If there is no such domain or split, or the size is out of range.
    """
    if not isinstance(name, str) or name not in DOMAINS:
        raise ValueError(f"there is no synthetic domain {shown(name)}; the synthetic domains are {', '.join(DOMAINS)}")
    kind, _, splits = DOMAINS[name]
    one_of('split', split, splits)
    sample = {'faces': synthetic.sample_faces, 'quilts': synthetic.sample_quilts}[kind]
    return render_domain(name, sample(0, np.arange(*splits[split])), size, f'{name} {split}')


def render_domain(name, parameters, size=64, title=None):
    """Render a synthetic domain from parameters; those of the other domain give the ground truth of a translation.

    Parameters
    ----------
    name : str
        A key of :data:`DOMAINS`.
    parameters : dict
        The parameters of faces or quilts, ``(N,)`` each. Those that define the domain are replaced by its values.
    size : int
        Pixels a side, 16 to 512.
    title : str, optional
        The name of the data set; by default `name`. The number of images is added.

    Returns
    -------
    ImageArray
        With `.parameters`; faces also have `.attributes`, and quilts `.labels`.

    Raises
    ------
    ValueError
        If there is no such domain, the parameters are those of something else, or the size is out of range.
    """
    if not isinstance(name, str) or name not in DOMAINS:
        raise ValueError(f"there is no synthetic domain {shown(name)}; the synthetic domains are {', '.join(DOMAINS)}")
    kind, fixed, _ = DOMAINS[name]
    if not isinstance(parameters, dict) or not set(fixed) <= set(parameters):
        raise ValueError(f'parameters must be those of synthetic {kind}, not {shown(parameters)}')
    p = {**parameters, **{key: np.full_like(parameters[key], value) for key, value in fixed.items()}}
    images = {'faces': synthetic.render_faces, 'quilts': synthetic.render_quilts}[kind](p, size)
    title = f'{title or name} ({len(images):,} synthetic {kind})'
    if kind == 'faces':
        return ImageArray(images, title, attributes=synthetic.attributes(p), attribute_names=ATTRIBUTES, parameters=p)
    return ImageArray(images, title, labels=p['block'].astype(np.int64), parameters=p, classes=BLOCKS)
