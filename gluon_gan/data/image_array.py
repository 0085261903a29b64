"""A data set in memory or memory-mapped: one uint8 array of images, with labels and attributes."""
from collections.abc import Sequence

import numpy as np

from ..support.checks import shown
from ..support.pixels import describe


class ImageArray:
    """Images with their name, labels and attributes.

    Parameters
    ----------
    images : numpy.ndarray or numpy.memmap
        ``(N, H, W, C)`` uint8 with C 1 or 3, or ``(N, H, W)`` for one channel. It is not copied.
    name : str
        The name of the data set, for titles, logs and tables. That of a stand-in says so.
    stand_in : bool
        Whether the images stand in for a data set that is not available.
    labels : array of int, optional
        ``(N,)``, the class of each image.
    attributes : array or dict of arrays, optional
        Other facts about the images, with N rows.
    attribute_names : sequence of str
        The names of the columns of `attributes`, if it is an array ``(N, K)``.
    parameters : dict of arrays, optional
        The parameters that synthetic images were rendered from, ``(N,)`` each.
    classes : sequence of str
        The names of the labels 0, 1, ..., if they have names.

    Raises
    ------
    ValueError
        If `images` has another shape or type, if labels, attributes or parameters do not have one row for each image,
        or if a label has no name among `classes`.
    """

    def __init__(self, images, name='images', stand_in=False, labels=None, attributes=None, attribute_names=(),
                 parameters=None, classes=()):
        if getattr(images, 'dtype', None) != np.uint8 or images.ndim not in (3, 4):
            raise ValueError(f'images must be (N, H, W, C) uint8, not {describe(images)}')
        if images.ndim == 3:
            images = images[..., None]
        if images.shape[3] not in (1, 3):
            raise ValueError(f'images must have 1 or 3 channels on the last axis, (N, H, W, C), not {describe(images)}')
        self.images = images
        self.name = str(name)
        self.stand_in = bool(stand_in)
        labels = labels.asnumpy() if hasattr(labels, 'asnumpy') else labels
        self.labels = None if labels is None else np.asarray(labels)
        self.attributes = attributes if attributes is None or isinstance(attributes, dict) else np.asarray(attributes)
        for argument, names in (('attribute_names', attribute_names), ('classes', classes)):
            if isinstance(names, str) or not isinstance(names, Sequence):
                raise ValueError(f'{argument} must be a list of names, not {shown(names)}')
        for argument, values in (('attributes', {} if attributes is None else self.attributes),
                                 ('parameters', parameters or {})):
            columns = values.values() if isinstance(values, dict) else [values]
            if argument == 'parameters' and not isinstance(values, dict) or any(not np.ndim(one) for one in columns):
                raise ValueError(f'{argument} must have one row for each of {len(self)} images, not {shown(values)}')
        if labels is not None and (self.labels.shape != (len(self),) or self.labels.dtype.kind not in 'iu'):
            raise ValueError(f'labels must be ({len(self)},) integers, not {describe(self.labels)}')
        self.attribute_names, self.parameters, self.classes = tuple(attribute_names), parameters, tuple(classes)
        if self.labels is not None and self.classes and len(self):
            low, high = self.labels.min(), self.labels.max()
            if low < 0 or high >= len(self.classes):
                raise ValueError(f'labels must be from 0 to {len(self.classes) - 1}, since there are '
                                 f'{len(self.classes)} classes, not {low if low < 0 else high}')
        if self.attribute_names and np.shape(self.attributes)[1:] != (len(self.attribute_names),):
            columns = len(self.attribute_names)
            raise ValueError(f'attributes must have {columns} columns, one a name, not {describe(self.attributes)}')
        columns = self.attributes if isinstance(self.attributes, dict) else {'attributes': self.attributes}
        columns = {**columns, **(parameters or {})}
        for column, values in columns.items():
            if values is not None and len(values) != len(self):
                raise ValueError(f'{column} has {len(values)} rows for {len(self)} images: give one row for each image')
        self._whole = (self.name, len(self))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        """An image ``(H, W, C)`` uint8 for an int; an ImageArray for a slice, an index array or a mask."""
        index = index.asnumpy() if hasattr(index, 'asnumpy') else index
        if isinstance(index, (int, np.integer)):
            return self.images[index]
        if not isinstance(index, slice):
            index = index if isinstance(index, tuple) else np.asarray(index)
            if isinstance(index, tuple) or index.ndim != 1 or index.dtype.kind not in 'iub':
                raise IndexError('an ImageArray takes an int, a slice, or a one-dimensional array of ints or bools, '
                                 f'not {describe(index)}')
        attributes = self.attributes
        if isinstance(attributes, dict):
            attributes = {column: np.asarray(values)[index] for column, values in attributes.items()}
        elif attributes is not None:
            attributes = attributes[index]
        labels = None if self.labels is None else self.labels[index]
        parameters = self.parameters and {name: np.asarray(values)[index] for name, values in self.parameters.items()}
        part = ImageArray(self.images[index], self.name, self.stand_in, labels, attributes, self.attribute_names,
                          parameters, self.classes)
        part._whole = name, count = self._whole
        # The name may contain the number of images in the set, so the name of a part adds its own number.
        part.name = name if len(part) == count else f'{name} [{len(part):,} of them]'
        return part

    def attribute(self, name):
        """One column of the attributes, ``(N,)``; raises ValueError if there is none of this name."""
        if not isinstance(name, str) or name not in self.attribute_names:
            known = ', '.join(map(str, self.attribute_names)) or 'none'
            raise ValueError(f'{self.name} has no attribute {shown(name)}; it has {known}')
        return self.attributes[:, self.attribute_names.index(name)]

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.images, dtype)

    @property
    def shape(self):
        """``(N, H, W, C)``."""
        return self.images.shape

    @property
    def size(self):
        """The side of square images in pixels, or ``(H, W)``."""
        height, width = self.shape[1:3]
        return height if height == width else (height, width)

    @property
    def class_count(self):
        """The number of classes: that of their names, or of the labels from 0 to the highest; 0 without labels."""
        if self.labels is None or not len(self):
            return 0
        return len(self.classes) or max(0, int(self.labels.max()) + 1)

    @property
    def channels(self):
        """The number of channels, 1 or 3."""
        return self.shape[3]

    def __repr__(self):
        known = '' if self.labels is None else ', labels'
        known += '' if self.attributes is None else ', attributes'
        return f'<ImageArray {self.name}: {len(self):,} x {"x".join(map(str, self.shape[1:]))} uint8{known}>'
