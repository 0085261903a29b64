r"""Error of a nearest-neighbour classifier that is trained on generated images and tested on real ones.

Radford, Metz and Chintala 2015, arXiv 1511.06434, supplementary material 8.1, on MNIST's pixels. The training set of
a 1-NN classifier consists of the samples of a conditional generator, labelled with the classes they were generated
for. The test set is MNIST's.

    error = fraction of real images whose nearest generated image belongs to another class
"""
import numpy as np

from ._neighbours import nearest
from ._rows import pair


def sample_classifier_error(fake, fake_labels, real, real_labels):
    """Compute the fraction of real images that 1-NN on labelled generated images misclassifies.

    The error lies in 0 to 1, lower is better; for K classes of equal frequency, chance is 1 - 1/K. It responds to
    wrong classes, to missing classes, and to missing modes within a class. It is insensitive to unrealistic images
    among good ones, because they are nobody's nearest neighbour, and a generator that has memorised its training set
    does as well as the training set itself. It decreases as generated images are added: report it beside the error
    with the same number of real images.

    Parameters
    ----------
    fake, real : array_like
        Features or flattened pixels ``(M, d)`` and ``(N, d)``; at least 1 row each.
    fake_labels, real_labels : array_like
        Classes ``(M,)`` and ``(N,)``, integers or strings.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the features are invalid, d differs, or there is not one label per row.
    """
    fake, real = pair(fake, real, ('fake', 'real'), least=1)
    fake_labels = _labels('fake', fake_labels, fake)
    real_labels = _labels('real', real_labels, real)
    _, indices = nearest(real, fake)
    return float(np.mean(fake_labels[indices[:, 0]] != real_labels))


def _labels(name, labels, rows):
    labels = np.asarray(labels)
    if labels.shape != (len(rows),):
        raise ValueError(f'{name}_labels must have one label for each of the {len(rows)} rows of {name}, '
                         f'not the shape {labels.shape}')
    return labels
