"""Any folder of images as a data set."""
import logging
import re
from pathlib import Path, PurePosixPath

import numpy as np

from ..support.checks import number, whole_number
from .archives import Container
from .cache import decoded
from .image_array import ImageArray
from .image_files import square

# Names of folders that divide a data set and are no classes; trainA and trainB divide two domains.
SPLIT = re.compile('(?:train|training|val|valid|validation|dev|test|testing|eval)([AB]?)', re.IGNORECASE)
LUMA = np.array([0.299, 0.587, 0.114])       # the weights of red, green and blue in grey (ITU-R BT.601), as in Pillow

log = logging.getLogger('gluon_gan')


def folder(path, size=64, max_bad_share=None, channels=None):
    """Load the images in a folder, a zip or a tar: the largest central square of each.

    They are decoded once and cached (:mod:`gluon_gan.data.cache`). Links to other folders are followed.

    Parameters
    ----------
    path : path
    size : int
        Pixels a side.
    max_bad_share : float, optional
        The fraction of files that may be truncated or no images at all, 0.05 by default. These are left out, and a
        message says so.
    channels : int, optional
        1 for grey or 3 for RGB. By default 1 if all images are grey, and 3 otherwise.

    Returns
    -------
    ImageArray
        ``(N, size, size, C)`` uint8, sorted by file name; the images of a tar keep its order. `.classes` are the names
        of the classes and `.labels` their indices, as :func:`class_names` finds them; without classes there are no
        labels.

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If it contains no images, or too many unusable ones.
    """
    size = whole_number('size', size)
    if max_bad_share is not None:
        max_bad_share = number('max_bad_share', max_bad_share, 'a fraction from 0 to 1', below=np.nextafter(1, 2))
    container = Container(path)
    images, names = load_images(container, size, Path(path).name or 'folder', max_bad_share, channels)
    named, remark = class_names(names)
    if remark:
        log.warning('%s: %s', path, remark)
    classes = sorted(set(named))
    index = {name: label for label, name in enumerate(classes)}
    labels = np.array([index[name] for name in named]) if classes else None
    return ImageArray(images, f'{Path(path).name} ({len(images):,} pictures)', False, labels, classes=classes)


def load_images(container, size, name, max_bad_share=None, channels=None):
    """The images of a container with the given number of channels, as :func:`.cache.decoded` returns them."""
    check_channels(channels)
    options = dict(max_bad_share=max_bad_share, channels=channels)
    if channels == 1:
        options.update(crop='square in grey', cut=_grey_square, channels=None)
    return decoded(container, size, name, **options)


def class_names(names):
    """The class of each image, from the folders that it lies in.

    Folders that contain all images say nothing. Of the folders below them, the first level names the classes, and
    further levels do not matter: ``cat/2019/x.jpg`` is of the class 'cat'. If all folders of the first level are called
    train, val, test or alike, they divide the data set and are no classes. The images are then read together, and the
    folders below name the classes, so that ``train/cat`` and ``test/cat`` are one class. There are no classes if there
    is only one, or if an image lies beside the folders.

    Parameters
    ----------
    names : list of str
        The names of the images, with '/' between folders.

    Returns
    -------
    classes : list of str
        One a name; empty if there are no classes.
    remark : str
        What the user should know about this choice; may be empty.
    """
    folders = [PurePosixPath(name).parent.parts for name in names]
    common = _common(folders)
    folders = [parts[common:] for parts in folders]
    first = sorted({parts[0] for parts in folders if parts})
    beside = next((name for name, parts in zip(names, folders) if not parts), None)
    remark = ''
    if beside is None and len(first) > 1 and all(map(SPLIT.fullmatch, first)):
        remark = (f'{_enumeration(first)} are read together and are not classes; to read one of them alone, give its '
                  'path')
        folders = _without_splits(folders)
        first = sorted({parts[0] for parts in folders if parts})
        beside = next((name for name, parts in zip(names, folders) if not parts), None) if first else None
    if len(first) > 1 and beside is not None:
        remark += '; ' * bool(remark) + (f'no labels, since {beside} lies beside the {len(first):,} folders that would '
                                         'be classes')
    if len(first) < 2 or beside is not None:
        return [], remark
    return [parts[0] for parts in folders], remark


def with_channels(images, channels):
    """An ImageArray with the given number of channels, 1 or 3; None leaves it as it is."""
    check_channels(channels)
    if channels in (None, images.channels):
        return images
    if channels == 3:
        array = np.broadcast_to(images.images, (*images.shape[:3], 3))       # takes no memory
    else:
        array = np.empty((*images.shape[:3], 1), np.uint8)
        for row, image in enumerate(images.images):
            array[row, ..., 0] = np.rint(image @ LUMA)
    return ImageArray(array, images.name, images.stand_in, images.labels, images.attributes, images.attribute_names,
                      images.parameters, images.classes)


def check_channels(channels):
    """Raise ValueError unless `channels` is 1, 3 or None."""
    if channels not in (None, 1, 3) or isinstance(channels, bool):
        raise ValueError(f'channels={channels!r} must be 1 for grey, 3 for RGB, or None for what the images have')


def _grey_square(image, size):
    return square(image.convert('L').convert('RGB'), size)


def _common(folders):
    """The number of leading folders that all images share."""
    least, most = min(folders), max(folders)
    return next((at for at, (one, other) in enumerate(zip(least, most)) if one != other), min(len(least), len(most)))


def _without_splits(folders):
    """The folders of each image below its split, and below those that all images share; or its domain, A or B."""
    domains = [SPLIT.fullmatch(parts[0])[1].upper() for parts in folders]
    if len(set(domains)) > 1:
        return [(domain,) for domain in domains]
    below = [parts[1:] for parts in folders]
    common = _common(below)
    return [parts[common:] for parts in below]


def _enumeration(words):
    return f'{", ".join(words[:-1])} and {words[-1]}'
