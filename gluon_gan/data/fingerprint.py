"""A fingerprint of the pixels of a data set, by which a run recognises its training data."""
import hashlib

import numpy as np

SAMPLE = 256         # images whose pixels are read: a few milliseconds, whatever the size of the set


def fingerprint(images, labels=False):
    """A hash of the shape and of up to 256 evenly spaced images of a data set.

    Parameters
    ----------
    images : ImageArray, TwoDomains or gluon_gan.serving.client.Served
        The server computes the fingerprint of its images with this function.
    labels : bool
        Whether the labels of all images belong to the fingerprint: those of a conditional GAN do.

    Returns
    -------
    str
        16 hexadecimal digits. The name of the data set has no influence, so a folder may be renamed or moved.
    """
    if hasattr(images, 'fingerprint'):
        return images.fingerprint
    digest = hashlib.sha256()
    for part in [images] if hasattr(images, 'images') else images:
        rows = np.linspace(0, len(part) - 1, min(SAMPLE, len(part))).astype(int)
        digest.update(repr(tuple(map(int, part.shape))).encode())
        digest.update(np.ascontiguousarray(part.images[rows]).tobytes())
        if labels and part.labels is not None:
            digest.update(np.asarray(part.labels, '<i8').tobytes())
    return digest.hexdigest()[:16]
