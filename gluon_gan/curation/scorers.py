"""Scores from a classifier trained on a few examples, for use without a trained network."""
import copy
import hashlib
from pathlib import Path

import numpy as np

from ..data import image_files
from .self_training import FAR, SelfTraining, balance, stack

LEAST = 5             # examples of each class
LEAST_CORPUS = 100    # images of a corpus, below which a scorer does not adapt to it
STRENGTH = 10.0       # scikit-learn's C of the logistic regression


class ExampleScorer:
    """Score images by a logistic regression on colours, textures and edges, trained on positive and negative examples.

    The features (:mod:`gluon_gan.curation.features`) are computed from the largest central square, resized to 128 x 128
    pixels, so that the size and shape of a file carry no information.

    The score is the probability that an image is wanted, for a corpus in which wanted images are as frequent as among
    the examples. In a corpus where they are rarer, a smaller share of the images with a given score is wanted. The
    contact sheet of the images close to the threshold shows where the threshold should be.

    Quilts among ten times as many flowers and faces, with 20 examples of each class and 30 random choices of examples:
    precision 0.98 at recall 0.90 (0.94 in the worst case); at the threshold of 0.8, precision 0.96 and recall 0.93
    (``benchmarks/curation.py``).

    :func:`~gluon_gan.curation.curate` uses :meth:`adapted` in folders of at least 100 files. With examples from one
    source, and a corpus from others with further kinds of unwanted images, this raises the recall from 0.61 to 0.80,
    at a precision of 0.88.

    Parameters
    ----------
    like, unlike : path, or list of path
        Folders, or lists of files, with examples of wanted and of unwanted images: at least five of each, preferably
        twenty or more, as varied as the images that are to be scored. Files that cannot be read are an error.
    threshold : float
        The threshold that :func:`~gluon_gan.curation.curate` uses by default.

    Raises
    ------
    ValueError
        If there are too few examples, or an example is not an image or belongs to both classes.
    """

    def __init__(self, like, unlike, threshold=0.8):
        from .features import SIDE, describe  # imports OpenCV
        self.size, self.threshold = SIDE, threshold
        wanted, unwanted = _examples('like', like, SIDE), _examples('unlike', unlike, SIDE)
        both = sorted(set(wanted) & set(unwanted))
        if both:
            path, _ = wanted[both[0]]
            raise ValueError(f'{path} is among the wanted and the unwanted examples: remove it from one of them')
        self._counts = len(wanted), len(unwanted)
        self._examples = hashlib.sha256(' '.join([*wanted, '/', *unwanted]).encode()).hexdigest()
        squares = np.stack([square for _, square in [*wanted.values(), *unwanted.values()]])
        self._groups = describe(squares)
        self._model = Regression(self._groups, np.repeat([1, 0], self._counts))

    def settings(self):
        """Return everything that the scores depend on, as a dict for JSON."""
        return {'scorer': 'examples', 'like': self._counts[0], 'unlike': self._counts[1],
                'examples_sha256': self._examples}

    def __call__(self, squares):
        """Score images.

        Parameters
        ----------
        squares : numpy.ndarray
            ``(N, 128, 128, 3)`` uint8.

        Returns
        -------
        (numpy.ndarray, list)
            ``(N,)`` probabilities that an image is wanted, and a list of N objections, all of them None.
        """
        from .features import describe
        return self._model(describe(squares)), [None] * len(squares)

    def adapted(self, corpus):
        """Return a scorer that is adapted to a corpus: trained on the examples and on images of the corpus.

        The classifier is another one (:class:`~gluon_gan.curation.self_training.SelfTraining`). It keeps more of the
        wanted images if the examples differ from the corpus, as when they are from another source.

        Parameters
        ----------
        corpus : iterable of numpy.ndarray
            Batches ``(N, 128, 128, 3)`` uint8 of different images, in an order that depends only on their content.
            Their features are kept in memory, 3.4 kB for each image.

        Returns
        -------
        ExampleScorer
            This scorer itself, unchanged, if the corpus has fewer than 100 images.
        """
        from .features import describe
        described = [describe(squares) for squares in corpus]
        if sum(len(groups[0]) for groups in described) < LEAST_CORPUS:
            return self
        corpus = [np.concatenate(parts) for parts in zip(*described)]
        scorer = copy.copy(self)
        scorer._model = SelfTraining(self._groups, np.repeat([1, 0], self._counts), corpus)
        return scorer


class Regression:
    """The probability that an image is wanted, as a function of its features.

    Each feature is standardised over the examples. The features are weighted so that each group counts the same,
    whatever its size, and are the input of a logistic regression. A sigmoid (Platt 1999) turns the regression's
    decision values into probabilities; it is fitted to the cross-validated decision values of the examples.

    Parameters
    ----------
    groups : list of numpy.ndarray
        The features of the examples, as returned by :func:`gluon_gan.curation.features.describe`.
    wanted : numpy.ndarray
        ``(N,)`` of 0 and 1.

    Raises
    ------
    ValueError
        If the regression cannot distinguish the two classes.
    """

    def __init__(self, groups, wanted):
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
        weights = balance(groups)
        clip_and_weight = FunctionTransformer(lambda rows: np.clip(rows, -FAR, FAR) * weights)
        self._model = make_pipeline(StandardScaler(), clip_and_weight, LogisticRegression(C=STRENGTH, max_iter=3000))
        table = stack(groups)
        folds = StratifiedKFold(min(10, wanted.sum(), (1 - wanted).sum()), shuffle=True, random_state=0)
        held_out = cross_val_predict(self._model, table, wanted, cv=folds, method='decision_function')
        sigmoid = LogisticRegression().fit(held_out[:, None], wanted)
        self._slope, self._offset = sigmoid.coef_[0, 0], sigmoid.intercept_[0]
        if self._slope <= 0:
            raise ValueError('the wanted and unwanted examples cannot be distinguished: '
                             'provide more examples, or examples that differ more')
        self._model.fit(table, wanted)

    def __call__(self, groups):
        """Return ``(N,)`` probabilities for the features of N images."""
        values = self._model.decision_function(stack(groups))
        return 1 / (1 + np.exp(-(self._slope * values + self._offset)))


def _examples(name, source, size):
    """Read examples into a dict from the checksum of the square to (path, square), sorted by checksum.

    The order therefore does not depend on the names or folders of the files.
    """
    if isinstance(source, (str, Path)):
        folder = Path(source)
        if not folder.is_dir():
            raise ValueError(f'{name}: {folder} is not a folder of images')
        paths = [folder / path for path in image_files.files(folder)]
    else:
        paths = [Path(path) for path in source]
    found = {}
    for path in paths:
        try:
            square = image_files.square(image_files.read(path, draft=size), size)
        except image_files.UnusableImage as error:
            raise ValueError(f'{name}: {path} {error}: remove it') from None
        found[hashlib.sha256(square.tobytes()).hexdigest()] = path, square
    if len(found) < LEAST:
        raise ValueError(f'{name}: {len(found)} different images, but at least {LEAST} are needed and 20 are better')
    return dict(sorted(found.items()))
