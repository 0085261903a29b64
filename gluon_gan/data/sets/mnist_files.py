"""The files of MNIST, Fashion-MNIST and KMNIST, which have the same names and the same format.

They are distinguished by the checksum of their images. They are found in the layouts of their publishers, of
torchvision, of Kaggle and of Keras.
"""
import hashlib
import logging
import re
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...support import fetch
from ...support.checks import one_of, shown
from ...support.layouts import files_below, listed, places, simplified
from ...support.locate import root
from ..idx import CorruptFile, corrupt, read_idx
from ..image_array import ImageArray

SPLITS = {'train': 'train', 'test': 't10k'}
COUNT = {'train': 60_000, 'test': 10_000}
SIZES = {28: 0, 32: 2}  # side: black pixels added at each edge
NAMES = [f'{split}-{kind}-ubyte.gz' for split in SPLITS.values() for kind in ('images-idx3', 'labels-idx1')]

log = logging.getLogger('gluon_gan')
_seen = {}          # (path, length, modification time) of images: the name of the set


class Known(NamedTuple):
    """A data set in the format of MNIST."""

    title: str
    things: str                # what an image shows, in the plural
    mirrors: tuple
    files: dict                # {name: (bytes, checksum)} of the gzipped files
    kind: str                  # of those checksums
    images: tuple              # the md5 of the unpacked images of both splits
    aliases: tuple = ()        # other names of its folder
    classes: tuple = ()
    npz: str = ''              # the names of Keras' or the publisher's NumPy archives, simplified: a regular expression


# The md5 sums are those in torchvision; those of the unpacked files are public, and MNIST's were computed.
KNOWN = {
    'mnist': Known(
        'MNIST', 'digits',
        # Mirrors that well-known libraries use. The original site, yann.lecun.com/exdb/mnist, no longer serves them.
        ('https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'),
        dict(zip(NAMES, (
            (9912422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'),
            (28881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'),
            (1648877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'),
            (4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6')))), 'sha256',
        ('6bbc9ace898e44ae57da46a324031adb', '2646ac647ad5339dbf082846283269ea'), npz='^mnistnpz$'),
    'fashion_mnist': Known(
        'Fashion-MNIST', 'pictures',
        ('https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
         'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/'),
        dict(zip(NAMES, (
            (26421880, '8d4fb7e6c68d591d4c3dfef9ec88bf0d'), (29515, '25c81989df183df01b3e8a0aad5dffbe'),
            (4422102, 'bef4ecab320f06d8554ea6380940ec79'), (5148, 'bb300cfdad3c16e7a12a480ee83cd310')))), 'md5',
        ('f4a8712d7a061bf5bd6d2ca38dc4d50a', '8181f5470baa50b63fa0f6fddb340f0a'), ('fashion',),
        ('T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'),
        '^fashionmnistnpz$'),
    'kmnist': Known(
        'KMNIST', 'characters', ('http://codh.rois.ac.jp/kmnist/dataset/kmnist/',),
        dict(zip(NAMES, (
            (18165135, 'bdb82020997e1d708af4cf47b453dcf7'), (29497, 'e144d726b3acfaa3e44228e80efcd344'),
            (3041136, '5c965bf0a639b31b8f53240b1b52f4d7'), (5120, '7320c461ea6c1c855c0b718fb2a4b134')))), 'md5',
        ('92be26ec9822e900ac425d0a0aa84ced', 'bf305b8cd328700fbc17f5acbc2856d2'), ('kuzushiji_mnist',),
        ('o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'), '^kmnist(npz|(train|test)(imgs|labels)npz)$'),
}


class Files(NamedTuple):
    """The images and the labels of a split; the same path twice for a NumPy archive that holds both."""

    images: Path
    labels: Path


def find(name, split):
    """Find the files of a split in all folders that may hold the set.

    Returns
    -------
    list of Files
        The complete pairs, the best first: in ``root()/name`` before other folders, and gzipped before unpacked.
    list of pathlib.Path
        Files of the split without a partner.
    """
    known, pairs, alone = KNOWN[name], [], []
    own = {simplified(other) for other in (name, *known.aliases)}
    for place in [*places(name, *known.aliases), root()]:
        # A folder of another set, such as FashionMNIST, may lie in a folder named mnist.
        below = (listed(place) if place == root() else
                 files_below(place, lambda path: simplified(path.name) in own or 'mnist' not in simplified(path.name)))
        images, labels = [], []
        for path in below:
            kind = _kind(name, path, split)
            if not kind or not path.is_file() or (place == root() and path.suffix != '.npz'):
                continue
            pairs += [Files(path, path)] if kind == 'both' else []
            images += [path] if kind == 'images' else []
            labels += [path] if kind == 'labels' else []
        for path in sorted(images, key=_preference):
            partners = sorted(labels, key=lambda other: (other.parent != path.parent, *_preference(other)))
            pairs += [Files(path, partners[0])] if partners else []
        alone += [] if images and labels else images + labels
    return pairs, alone


def load(name, split):
    """Read the files of a split, or return None if there are none.

    Returns
    -------
    ImageArray or None
        Named after what its checksum says it is. Another set that lies in the folder of this one is returned with a
        message on the logger ``gluon_gan``, if there is nothing better.
    """
    images, problem = examine(name, split)[::2]
    if problem:
        log.warning('%s: %s', name, problem)
    return images


def examine(name, split):
    """Find the best files of a split, and read them.

    Returns
    -------
    images : ImageArray or None
        None if there are no files.
    files : Files or None
        Where they lie.
    problem : str
        What is wrong, if they are another set; otherwise empty.
    """
    others = []
    for files in find(name, split)[0]:
        images, actual = _read(name, files, split)
        if actual == name:
            return images, files, ''
        others.append((images, files, f'{files.images} holds {KNOWN[actual].title}, by its checksum: load it as '
                                      f'{actual}, and put {KNOWN[name].title} into {root() / name}'))
    for neighbour in set(KNOWN) - {name}:          # the files may lie in the folder of another set
        for files in find(neighbour, split)[0]:
            if _actual(neighbour, files, split) == name:
                return _read(neighbour, files, split)[0], files, ''
    return others[0] if others else (None, None, '')


def download(name, split):
    """Download the missing files of a split into ``root()/name``, or raise DownloadError."""
    known, folder = KNOWN[name], root() / name
    missing = [file for file in _names(split)
               if not (folder / file).is_file() and not (folder / file[:-len('.gz')]).is_file()]
    mirrors = fetch.reachable([mirror + missing[0] for mirror in known.mirrors]) if missing else []
    if missing and not mirrors:
        page = 'datasets/mnist.md' if name == 'mnist' else 'datasets/fashion_mnist.md'
        raise fetch.DownloadError(f'no mirror of {known.title} answered: go online, '
                                  f'or put {" and ".join(missing)} into {folder}, as {page} describes')
    for file in missing:
        nbytes, checksum = known.files[file]
        digest = None if known.kind == 'sha256' else partial(fetch.checksum, kind=known.kind)
        fetch.download([mirror.rsplit('/', 1)[0] + '/' + file for mirror in mirrors], folder / file, checksum, nbytes,
                       digest=digest)


def padded(images, size):
    """An ImageArray of 28 x 28 pixels with a black edge, if `size` asks for one."""
    if not (edge := SIZES[size]):
        return images
    pixels = np.pad(images.images, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    return ImageArray(pixels, images.name, images.stand_in, images.labels, classes=images.classes)


def check(name, split, size):
    """Raise ValueError if there is no such split or size."""
    one_of('split', split, SPLITS)
    if not isinstance(size, int) or size not in SIZES:
        raise ValueError(f'size={shown(size)} must be one of {", ".join(map(str, SIZES))}: '
                         f'28 is the size of {KNOWN[name].title}, and 32 adds a black edge')


def is_read(name):
    """A function that says whether a path is one of the files of a set, by its name."""
    return lambda path: any(_kind(name, path, split) for split in SPLITS)


def _kind(name, path, split):
    """'images', 'labels', or 'both' for a NumPy archive with both; None for a file of another name."""
    text = simplified(path.name)
    plain = text.removesuffix('gz')
    if plain == f'{SPLITS[split]}imagesidx3ubyte':
        return 'images'
    if plain == f'{SPLITS[split]}labelsidx1ubyte':
        return 'labels'
    if not re.match(KNOWN[name].npz, text):
        return None
    if 'imgs' in text or 'labels' in text:
        return ('images' if 'imgs' in text else 'labels') if split in text else None
    return 'both'


def _preference(path):
    return len(path.parts), path.suffix != '.gz', path


def _read(name, files, split):
    """The ImageArray, and the name of the set that it is."""
    known = KNOWN[name]
    remedy = 'delete it, and it will be downloaded' + (', or replaced by the stand-in' if name == 'mnist' else '')
    images, labels = (_array(path, ndim, letter, split, remedy)
                      for path, ndim, letter in ((files.images, 3, 'x'), (files.labels, 1, 'y')))
    if images.shape[1:] != (28, 28) or not len(images):
        raise corrupt(files.images, f'holds {" x ".join(map(str, images.shape))} bytes, not images of 28 x 28', remedy)
    if len(labels) != len(images):
        raise corrupt(files.labels, f'holds {len(labels)} labels for the {len(images)} images of {files.images.name}',
                      remedy)
    if labels.max() > 9:
        raise corrupt(files.labels, f'holds the label {labels.max()}, and the labels of {known.things} are 0 to 9',
                      remedy)
    actual = _identity(images)
    form = 'npz' if files.images.suffix == '.npz' else 'IDX'
    things = KNOWN[actual or name].things
    if actual is None and len(images) == COUNT[split]:
        things = f"{things} in the format of {known.title}, of an unknown checksum"
    actual = actual or name
    label = f'{actual} {split} ({len(images):,} {things}, {form})'
    status = files.images.stat()
    _seen[files.images, status.st_size, status.st_mtime_ns] = actual
    return ImageArray(images, label, False, labels.astype(np.int64), classes=KNOWN[actual].classes), actual


def _array(path, ndim, letter, split, remedy):
    if path.suffix != '.npz':
        return read_idx(path, ndim, remedy)
    try:
        # NumPy leaves a damaged archive open that it has opened itself.
        with open(path, 'rb') as file, np.load(file, allow_pickle=False) as archive:
            array = archive[f'{letter}_{split}' if f'{letter}_{split}' in archive else 'arr_0']
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise corrupt(path, f'holds no {letter}_{split} and no arr_0 that can be read ({reason})', remedy) from None
    if array.dtype != np.uint8 or array.ndim != ndim:
        raise corrupt(path, f'holds {array.ndim}-dimensional {array.dtype}, not {ndim}-dimensional uint8', remedy)
    return array


def _actual(name, files, split):
    """The name of the set in some files; None for files that cannot be read. It is remembered until they change."""
    status = files.images.stat()
    key = files.images, status.st_size, status.st_mtime_ns
    if key not in _seen:
        try:
            _seen[key] = _read(name, files, split)[1]
        except CorruptFile:          # it is reported where that set itself is loaded
            _seen[key] = None
    return _seen[key]


def _identity(images):
    """The name of the set that has these images, by the md5 of its unpacked IDX file; None if it is unknown."""
    if len(images) not in COUNT.values():
        return None
    digest = hashlib.md5(bytes((0, 0, 8, 3)) + np.array(images.shape, '>u4').tobytes(), usedforsecurity=False)
    digest.update(np.ascontiguousarray(images))
    return next((name for name, known in KNOWN.items() if digest.hexdigest() in known.images), None)


def _names(split):
    return [file for file in NAMES if file.startswith(SPLITS[split])]
