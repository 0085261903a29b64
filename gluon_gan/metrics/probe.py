"""What a discriminator has learned, measured by the accuracy of a linear classifier on its features.

The protocols are those of Radford, Metz and Chintala 2015, for any labelled images:

- Section 5.1: the activations of all convolutional layers of D, max-pooled to 4x4, flattened and concatenated, are
  classified by a regularised linear L2-SVM, on CIFAR-10.
- Section 5.2: the same with 1,000 labels, on SVHN.

D is compared with raw pixels, an untrained D, and k-means (:mod:`gluon_gan.metrics.kmeans`). Batch normalisation uses
statistics of the real training images, as in Newmu/dcgan_code, svhn/svhn_semisup_analysis.py.
"""
import itertools
import warnings

import mxnet as mx
import numpy as np
from mxnet import autograd
from mxnet.gluon import nn

from ..data import batches
from ..models import Discriminator
from ..support import storage
from ..support.checks import random_seed, whole_number
from .activations import discriminator
from .extractors import extract
from .kmeans import KMeans
from .raw_pixels import Pixels

SIGMAS = 1.96           # standard deviations in the paper's error bars
# For SVHN the paper's code tries seven values from 1e-4 to 1e-2. Standardised features, as here, require smaller ones.
CS = 1e-6, 1e-5, 1e-4, 1e-3, 1e-2
VALIDATION = 0.2        # fraction of the training images that C is chosen on
MAX_ITER = 100          # passes over the training images in a fit
NORM_BATCHES = 20       # batches of 128 from which batch normalisation estimates its statistics

PAPER = {
    'cifar10': {
        'source': 'Radford, Metz, Chintala 2015, section 5.1 and table 1', 'labels': 50_000, 'test': 10_000,
        'rows': [{'features': 'k-means, one layer, 4,800 feature maps', 'accuracy': 0.806},
                 {'features': 'k-means, three layers', 'accuracy': 0.820},
                 {'features': 'discriminator', 'dim': 28_672, 'accuracy': 0.828}],
        'differs': 'D was trained on ImageNet-1k at 32 px and never on CIFAR-10, while the SVM was trained on '
                   'all of its 50,000 training images'},
    'svhn': {
        'source': 'Radford, Metz, Chintala 2015, section 5.2 and table 2', 'labels': 1000, 'test': 26_032,
        'rows': [{'features': 'discriminator', 'accuracy': 0.7752},
                 {'features': 'supervised CNN with the same architecture, on the same data; its validation error',
                  'accuracy': 0.7113}],
        'differs': 'the data are SVHN, on whose unlabelled images D was trained; features were not standardised'},
}


def table(netD, train, test, labels=None, centres=400, tries=10, repeats=100, seed=0):
    """Measure the accuracy of a linear L2-SVM on D's features and on those it is compared with.

    Parameters
    ----------
    netD : Discriminator
        Unconditional, with the size and channels of the images. It is copied, not changed.
    train, test : ImageArray
        Labelled images. ``train`` should be the data that netD was trained on, or similar.
    labels : int, optional
        Number of labelled training images: None for all (:func:`all_labels`), 1,000 for the paper's SVHN protocol
        (:func:`few_labels`).
    centres : int
        Number of centres of k-means.
    tries, repeats : int
        If ``labels`` is given, the number of random subsets for choosing C, and for measuring the accuracy.
    seed : int
        Seed of the untrained D, of k-means and of the subsets.

    Returns
    -------
    list of dict
        One row each for 'pixels', 'kmeans400', 'untrained discriminator' and 'discriminator', in this order:
        ``features``, ``dim``, ``accuracy`` 0 to 1, ``error_bar`` (1.96 standard deviations), ``C``, ``labels``, and
        ``repeats`` if ``labels`` is given.

    Raises
    ------
    ValueError
        If the images have no labels, or netD does not accept them.
    """
    for part in (train, test):
        if part.labels is None:
            raise ValueError(f'{part.name} has no labels, which a probe requires')
    extractors = {'pixels': Pixels(ctx=mx.cpu()), f'kmeans{centres}': KMeans(train, centres, seed),
                  'untrained discriminator': discriminator(on_real(untrained(netD, seed), train)),
                  'discriminator': discriminator(on_real(netD, train))}
    rows = []
    for name, extractor in extractors.items():
        sets = extract(extractor, train), train.labels, extract(extractor, test), test.labels
        if labels is None:
            row = all_labels(*sets, seed=seed)
        else:
            row = few_labels(*sets, labels, tries, repeats, seed=seed)
        rows.append({'features': name, 'dim': sets[0].shape[1], **row})
    return rows


def untrained(netD, seed):
    """Create an untrained discriminator for comparison.

    Its weights are samples of N(0, 0.02), and its gammas of N(1, 0.02), as before a training run.

    Parameters
    ----------
    netD : Discriminator
        Defines the architecture.
    seed : int
        Determines all weights.

    Returns
    -------
    Discriminator
        On the CPU. Its running statistics are 0 and 1, and have to be replaced by :func:`on_real`.
    """
    net, rng = Discriminator(**netD.config), np.random.default_rng(random_seed(seed))
    net.initialize(ctx=mx.cpu())
    for name, parameter in storage.named(net).items():
        if name.endswith(('weight', 'gamma')):
            parameter.set_data(mx.nd.array(rng.normal(name.endswith('gamma'), 0.02, parameter.shape)))
    return net


def on_real(netD, pictures, seed=0):
    """Copy netD, with the running statistics of batch normalisation estimated on these images.

    Training leaves statistics of real and generated images together.

    Parameters
    ----------
    netD : Discriminator
        Not changed.
    pictures : ImageArray
        Real images.
    seed : int
        Seed of their order.

    Returns
    -------
    Discriminator
        On the CPU, hybridized.
    """
    copy = Discriminator(**netD.config)
    copy.initialize(ctx=mx.cpu())
    storage.set_parameters(copy, storage.parameters(netD))
    norms, remaining = [], NORM_BATCHES
    copy.apply(lambda block: norms.append(block) if isinstance(block, nn.BatchNorm) else None)
    statistics = [(norm, parameter) for norm in norms for parameter in (norm.running_mean, norm.running_var)]
    for _, parameter in statistics:
        parameter.set_data(parameter.data().zeros_like())
    loader = batches(pictures, min(128, len(pictures)), seed=seed)
    while remaining:
        for batch in itertools.islice(loader, remaining):
            batch.attach_grad()
            with autograd.record():
                logits = copy(batch)
            # MXNet updates running statistics in the backward pass. Only the images need a gradient for that.
            autograd.grad(logits, [batch])
            remaining -= 1
    for norm, parameter in statistics:
        parameter.set_data(parameter.data() / (1 - norm._kwargs['momentum'] ** NORM_BATCHES))
    copy.hybridize(static_alloc=True)
    return copy


def all_labels(features, labels, test_features, test_labels, cs=CS, seed=0):
    """Measure the accuracy of a linear L2-SVM that is trained with all labels.

    C is the best of ``cs`` on a held-out fifth of the training images. Features are standardised to mean 0 and
    standard deviation 1 over the training images.

    Parameters
    ----------
    features, test_features : numpy.ndarray
        ``(N, d)`` and ``(M, d)``.
    labels, test_labels : numpy.ndarray
        ``(N,)`` and ``(M,)``.
    cs : iterable of float
        Values of C to choose from.
    seed : int
        Seed of the held-out fifth.

    Returns
    -------
    dict
        ``accuracy``; ``error_bar``, 1.96 standard deviations of a proportion over M test images; ``C``; ``labels``.
    """
    order = np.random.default_rng(random_seed(seed)).permutation(len(labels))
    fitted, held = np.split(order, [round(len(order) * (1 - VALIDATION))])
    C = _best(cs, lambda C: _score(C, features[fitted], labels[fitted], features[held], labels[held]))
    accuracy = _score(C, features, labels, test_features, test_labels)
    error_bar = SIGMAS * (accuracy * (1 - accuracy) / len(test_labels)) ** 0.5
    return {'accuracy': accuracy, 'error_bar': error_bar, 'C': C, 'labels': len(labels)}


def few_labels(features, labels, test_features, test_labels, count=1000, tries=10, repeats=100, cs=CS, seed=0):
    """Measure the accuracy with few labels by the paper's SVHN protocol, over repeated class-balanced subsets.

    C is the best of ``cs`` by its mean accuracy over ``tries`` subsets, on a held-out fifth of the training images
    that no subset is taken from. The accuracy on the test images is then measured for ``repeats`` other subsets.

    Parameters
    ----------
    features, test_features : numpy.ndarray
        ``(N, d)`` and ``(M, d)``.
    labels, test_labels : numpy.ndarray
        ``(N,)`` and ``(M,)``.
    count : int
        Labels in a subset, equally many of each class.
    tries, repeats : int
        Number of subsets for choosing C, and for measuring the accuracy.
    cs : iterable of float
        Values of C to choose from.
    seed : int
        Seed of the held-out fifth and of the subsets.

    Returns
    -------
    dict
        ``accuracy``, the mean over the subsets; ``error_bar``, 1.96 standard deviations over them; ``C``; ``labels``;
        ``repeats``.

    Raises
    ------
    ValueError
        If a class has too few images.
    """
    rng = np.random.default_rng(random_seed(seed))
    pool, held = np.split(rng.permutation(len(labels)), [round(len(labels) * (1 - VALIDATION))])
    classes = np.unique(labels)
    each, available = whole_number('count', count) // len(classes), np.bincount(labels[pool])[classes].min()
    if not 1 <= each <= available:
        raise ValueError(f'count={count} means {each} images of each of {len(classes)} classes: '
                         f'choose count so that this is from 1 to {available}')

    def subset():
        return np.concatenate([rng.choice(pool[labels[pool] == number], each, replace=False) for number in classes])

    def mean_score(C):
        return np.mean([_score(C, features[rows], labels[rows], features[held], labels[held]) for rows in tried])

    tried, accuracies = [subset() for _ in range(whole_number('tries', tries))], []
    C = _best(cs, mean_score)
    for _ in range(whole_number('repeats', repeats)):
        rows = subset()
        accuracies.append(_score(C, features[rows], labels[rows], test_features, test_labels))
    return {'accuracy': float(np.mean(accuracies)), 'error_bar': float(SIGMAS * np.std(accuracies)), 'C': C,
            'labels': each * len(classes), 'repeats': repeats}


def _best(cs, score):
    """The C with the highest score.

    Values are tried in ascending order up to the first decrease, because large values of C take longest to fit.
    """
    best, highest = None, -1.0
    for C in sorted(cs):
        current = score(C)
        if current < highest:
            break
        best, highest = C, current
    return best


def _score(C, features, labels, test_features, test_labels):
    """Test accuracy of a linear L2-SVM on standardised features."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
    model = LinearSVC(C=C, dual=True, max_iter=MAX_ITER, random_state=0)
    with warnings.catch_warnings():
        # For large C the last digits of the weights converge slowly, and hardly affect any prediction.
        warnings.simplefilter('ignore', ConvergenceWarning)
        model.fit((features - mean) / deviation, labels)
    return float(model.score((test_features - mean) / deviation, test_labels))
