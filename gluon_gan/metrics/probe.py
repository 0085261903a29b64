"""What D learned, told by how well a linear classifier does on its features (Radford, Metz, Chintala 2015, sections 5.1 and 5.2).

Section 5.1: the activations of every convolutional layer of D, max-pooled to 4x4, flattened and joined, and a regularised linear L2-SVM on
CIFAR-10. Section 5.2: the same with 1,000 labels on SVHN. The protocols are here for any labelled pictures, against raw pixels, a D that was
never trained, and k-means (:mod:`gluon_gan.metrics.kmeans`). How D's features are taken follows Newmu/dcgan_code,
svhn/svhn_semisup_analysis.py: batch norms take the statistics of the real training pictures.
"""
import itertools
import warnings

import mxnet as mx
import numpy as np
from mxnet import autograd
from mxnet.gluon import nn

from .. import storage
from ..checks import whole_number
from ..data import batches
from ..models import Discriminator
from .activations import discriminator
from .extractors import Pixels, extract
from .kmeans import KMeans

SIGMAS = 1.96           # of the paper's error bars
# For SVHN its code tried seven from 1e-4 to 1e-2; features are standardised here, which asks for smaller ones.
CS = 1e-6, 1e-5, 1e-4, 1e-3, 1e-2
FIFTH = 0.2             # of the training pictures, on which C is chosen
ROUNDS = 100            # through the training pictures at most, for a fit
SETTLING = 20           # batches of 128 that batch norms take their statistics from

PAPER = {
    'cifar10': {'source': 'Radford, Metz, Chintala 2015, section 5.1 and table 1', 'labels': 50_000, 'test': 10_000,
                'rows': [{'features': 'k-means, one layer, 4,800 maps', 'accuracy': 0.806}, {'features': 'k-means, three layers', 'accuracy': 0.820},
                         {'features': 'discriminator', 'dim': 28_672, 'accuracy': 0.828}],
                'differs': 'D was trained on ImageNet-1k at 32 px and never saw CIFAR-10; the SVM had all 50,000 training pictures of it'},
    'svhn': {'source': 'Radford, Metz, Chintala 2015, section 5.2 and table 2', 'labels': 1000, 'test': 26_032,
             'rows': [{'features': 'discriminator', 'accuracy': 0.7752},
                      {'features': 'supervised CNN of the same shape, on the same data; its validation error', 'accuracy': 0.7113}],
             'differs': "other data: SVHN, on whose pictures without labels D was trained; features were not standardised"},
}


def table(netD, train, test, labels=None, centres=400, tries=10, draws=100, seed=0):
    """How well a linear L2-SVM classifies in D's features and in others.

    Parameters
    ----------
    netD : Discriminator
        Unconditional, of the pictures' size and channels. It is copied, not changed.
    train, test : ImageArray
        With labels. `train` should be what netD was trained on, or like it.
    labels : int, optional
        How many training pictures have a label: None for all of them (:func:`all_labels`), 1,000 for the paper's SVHN protocol
        (:func:`few_labels`).
    centres : int
        Of the k-means.
    tries, draws : int
        Of `labels`: to choose C, and to measure.
    seed : int
        Of the untrained D, k-means and draws.

    Returns
    -------
    list of dict
        A row for 'pixels', 'kmeans400', 'untrained discriminator' and 'discriminator', in this order: ``features``, ``dim``,
        ``accuracy`` 0..1, its ``error_bar`` (1.96 standard deviations), ``C``, ``labels``, ``draws``.

    Raises
    ------
    ValueError
        If the pictures have no labels, or netD does not take them.
    """
    for part in (train, test):
        if part.labels is None:
            raise ValueError(f'{part.name} has no labels: a probe needs them')
    extractors = {'pixels': Pixels(ctx=mx.cpu()), f'kmeans{centres}': KMeans(train, centres, seed),
                  'untrained discriminator': discriminator(on_real(untrained(netD, seed), train)),
                  'discriminator': discriminator(on_real(netD, train))}
    rows = []
    for name, extractor in extractors.items():
        sets = extract(extractor, train), train.labels, extract(extractor, test), test.labels
        row = all_labels(*sets, seed=seed) if labels is None else few_labels(*sets, labels, tries, draws, seed=seed)
        rows.append({'features': name, 'dim': sets[0].shape[1], **row})
    return rows


def untrained(netD, seed):
    """A D that has learned nothing, for comparison: weights N(0, 0.02) and gammas N(1, 0.02), as a training begins, that depend on the seed alone.

    Parameters
    ----------
    netD : Discriminator
        Whose architecture it has.
    seed : int

    Returns
    -------
    Discriminator
        On the CPU; the running statistics are 0 and 1, which :func:`on_real` mends.
    """
    net, rng = Discriminator(**netD.config), np.random.default_rng(seed)
    net.initialize(ctx=mx.cpu())
    for name, parameter in storage.named(net).items():
        if name.endswith(('weight', 'gamma')):
            parameter.set_data(mx.nd.array(rng.normal(name.endswith('gamma'), 0.02, parameter.shape)))
    return net


def on_real(netD, pictures, seed=0):
    """A copy of netD whose batch norms have the running statistics of these pictures, instead of real and generated ones together."""
    copy = Discriminator(**netD.config)
    copy.initialize(ctx=mx.cpu())
    storage.set_parameters(copy, storage.parameters(netD))
    norms, left = [], SETTLING
    copy.apply(lambda block: norms.append(block) if isinstance(block, nn.BatchNorm) else None)
    statistics = [(norm, parameter) for norm in norms for parameter in (norm.running_mean, norm.running_var)]
    for _, parameter in statistics:
        parameter.set_data(parameter.data().zeros_like())
    loader = batches(pictures, min(128, len(pictures)), seed=seed)
    while left:
        for batch in itertools.islice(loader, left):
            batch.attach_grad()
            with autograd.record():
                logits = copy(batch)
            # MXNet moves the statistics in the backward pass: towards the pictures, so that no weight gets a gradient.
            autograd.grad(logits, [batch])
            left -= 1
    for norm, parameter in statistics:
        parameter.set_data(parameter.data() / (1 - norm._kwargs['momentum'] ** SETTLING))
    copy.hybridize(static_alloc=True)
    return copy


def all_labels(features, labels, test_features, test_labels, cs=CS, seed=0):
    """The accuracy of a linear L2-SVM that has every training label; C is the best of ``cs`` on a fifth that is held out
    for it.

    Features ``(N, d)`` are brought to mean 0 and deviation 1 over the training pictures.

    Returns
    -------
    dict
        ``accuracy``, ``error_bar`` (1.96 standard deviations of a share of that many test pictures), ``C``, ``labels``.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    kept, held = np.split(order, [round(len(order) * (1 - FIFTH))])
    C = _best(cs, lambda C: _score(C, features[kept], labels[kept], features[held], labels[held]))
    accuracy = _score(C, features, labels, test_features, test_labels)
    return {'accuracy': accuracy, 'error_bar': SIGMAS * (accuracy * (1 - accuracy) / len(test_labels)) ** 0.5, 'C': C, 'labels': len(labels)}


def few_labels(features, labels, test_features, test_labels, count=1000, tries=10, draws=100, cs=CS, seed=0):
    """The paper's SVHN protocol: the accuracy with `count` labels, as many of each class, drawn again and again.

    C is the best of ``cs`` by its mean over `tries` draws, on a fifth of the training pictures that nothing is drawn from; then there are `draws`
    others, measured on the test pictures.

    Returns
    -------
    dict
        ``accuracy``, the mean over the draws; ``error_bar``, 1.96 standard deviations over them; ``C``, ``labels``, ``draws``.

    Raises
    ------
    ValueError
        If a class has too few pictures.
    """
    rng = np.random.default_rng(seed)
    pool, held = np.split(rng.permutation(len(labels)), [round(len(labels) * (1 - FIFTH))])
    classes = np.unique(labels)
    each, least = whole_number('count', count) // len(classes), np.bincount(labels[pool])[classes].min()
    if not 1 <= each <= least:
        raise ValueError(f'count={count} asks for {each} pictures of each of {len(classes)} classes, and there are from 1 to {least} to be drawn')

    def draw():
        return np.concatenate([rng.choice(pool[labels[pool] == number], each, replace=False) for number in classes])

    tried, found = [draw() for _ in range(whole_number('tries', tries))], []
    C = _best(cs, lambda C: np.mean([_score(C, features[some], labels[some], features[held], labels[held]) for some in tried]))
    for _ in range(whole_number('draws', draws)):
        some = draw()
        found.append(_score(C, features[some], labels[some], test_features, test_labels))
    return {'accuracy': float(np.mean(found)), 'error_bar': float(SIGMAS * np.std(found)), 'C': C, 'labels': each * len(classes), 'draws': draws}


def _best(cs, score):
    """The C of the highest score, from the smallest on; those beyond the first fall are not tried, since they take longest."""
    best, highest = None, -1.0
    for C in sorted(cs):
        found = score(C)
        if found < highest:
            break
        best, highest = C, found
    return best


def _score(C, features, labels, test_features, test_labels):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC
    mean, deviation = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
    model = LinearSVC(C=C, dual=True, max_iter=ROUNDS, random_state=0)
    with warnings.catch_warnings():
        # Where C is large the last digits of the weights take long, and hardly a picture changes its class for them.
        warnings.simplefilter('ignore', ConvergenceWarning)
        model.fit((features - mean) / deviation, labels)
    return float(model.score((test_features - mean) / deviation, test_labels))
