r"""Error on real pictures of a nearest-neighbour classifier that has seen generated ones only.

Radford, Metz and Chintala 2015, arXiv 1511.06434, supplementary material 8.1, on MNIST's pixels: a conditional generator's
samples, with the classes they were made for, are the training set of a 1-NN classifier, and MNIST's test pictures are the
test.

    error = share of real pictures whose nearest generated one is of another class
"""
import numpy as np

from ._neighbours import nearest
from ._rows import pair


def sample_classifier_error(fake, fake_labels, real, real_labels):
    """Share of real pictures that 1-NN on labelled generated pictures gets wrong.

    0 to 1, less is better; 1 - 1/K is guessing. It sees wrong classes, missing classes and missing kinds within a class. It does
    not see broken pictures besides good ones, which are nobody's nearest, and a generator that has memorised does as well as the
    training set itself. It falls with the number of generated pictures: say it beside the error of as many real ones.

    Parameters
    ----------
    fake, real : array_like
        Features or flattened pixels ``(M, d)`` and ``(N, d)``; at least 1 row each.
    fake_labels, real_labels : array_like
        ``(M,)`` and ``(N,)`` classes, whole numbers or words.

    Raises
    ------
    ValueError
        If these are no features, d differs, or there is not one label a row.
    """
    fake, real = pair(fake, real, ('fake', 'real'), least=1)
    fake_labels = _labels('fake', fake_labels, fake)
    real_labels = _labels('real', real_labels, real)
    _, indices = nearest(real, fake)
    return float(np.mean(fake_labels[indices[:, 0]] != real_labels))


def _labels(name, labels, rows):
    labels = np.asarray(labels)
    if labels.shape != (len(rows),):
        raise ValueError(f'{name}_labels must be one for each of the {len(rows)} rows of {name}, not {labels.shape}')
    return labels
