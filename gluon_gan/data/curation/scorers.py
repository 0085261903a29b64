"""Scores from a handful of the user's own examples, where no network is at hand."""
import hashlib
from pathlib import Path

import numpy as np

from .. import pictures

LEAST = 5          # examples of each kind
FAR = 2.0          # standard deviations; what lies further says no more
STRENGTH = 10.0    # scikit-learn's C of the logistic regression


class ExampleScorer:
    """A logistic regression on colours, textures and edges, taught by examples of what is wanted and of what is not.

    The features (:mod:`gluon_gan.data.curation.features`) are of the largest central square, brought to 128 x 128, so that sizes and
    shapes of files tell nothing. The score is a probability, but of a corpus in which wanted pictures are as frequent as among the examples;
    where they are rarer, fewer of those at a score are wanted, and the contact sheet of what was close tells where the threshold should be.

    Quilts among ten times as many flowers and faces, 20 examples of each kind, 30 draws: precision 0.98 at recall 0.90 (0.94 in the worst
    draw); at the threshold of 0.8, precision 0.96 and recall 0.93 (``benchmarks/curation.py``).

    Parameters
    ----------
    like, unlike : path, or list of path
        Folders, or files, of pictures that are wanted and of such that are not: five at least, twenty or more are better, and they should be
        as varied as what is to be told apart. Files that cannot be read are refused, not left out.
    threshold : float
        What :func:`~gluon_gan.data.curate` uses unless it is told another.

    Raises
    ------
    ValueError
        For too few examples, one that is no picture, or one that is in both.
    """

    def __init__(self, like, unlike, threshold=0.8):
        from .features import SIDE, describe       # brings OpenCV
        self.size, self.threshold = SIDE, threshold
        wanted, unwanted = _examples('like', like, SIDE), _examples('unlike', unlike, SIDE)
        both = sorted(set(wanted) & set(unwanted))
        if both:
            raise ValueError(f'{wanted[both[0]][0]} is among the wanted and the unwanted examples: take it out of one')
        self._counts = len(wanted), len(unwanted)
        self._examples = hashlib.sha256(' '.join([*wanted, '/', *unwanted]).encode()).hexdigest()
        squares = np.stack([square for _, square in [*wanted.values(), *unwanted.values()]])
        self._chance = Regression(describe(squares), np.repeat([1, 0], self._counts))

    def settings(self):
        """What the scores follow from, as JSON has it."""
        return {'scorer': 'examples', 'like': self._counts[0], 'unlike': self._counts[1], 'examples_sha256': self._examples}

    def __call__(self, squares):
        """Scores, and no objections.

        Parameters
        ----------
        squares : numpy.ndarray
            ``(N, 128, 128, 3)`` uint8.

        Returns
        -------
        (numpy.ndarray, list)
            ``(N,)`` probabilities of being wanted, and N times None.
        """
        from .features import describe
        return self._chance(describe(squares)), [None] * len(squares)


class Regression:
    """The probability of being wanted, from features.

    Each number is brought to mean 0 and deviation 1 over the examples, each kind of feature counts the same, however many numbers it has,
    and a logistic regression weighs them. Its decision values become probabilities by a sigmoid (Platt 1999), fitted to those that each
    example gets from a regression without its fold.

    Parameters
    ----------
    kinds : list of numpy.ndarray
        As `describe` returns them, of the examples.
    wanted : numpy.ndarray
        ``(N,)`` of 0 and 1.

    Raises
    ------
    ValueError
        If the two cannot be told apart.
    """

    def __init__(self, kinds, wanted):
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
        weights = np.concatenate([np.full(kind.shape[1], kind.shape[1] ** -0.5) for kind in kinds])
        self._model = make_pipeline(StandardScaler(), FunctionTransformer(lambda rows: np.clip(rows, -FAR, FAR) * weights),
                                    LogisticRegression(C=STRENGTH, max_iter=3000))
        table = _stack(kinds)
        folds = StratifiedKFold(min(10, wanted.sum(), (1 - wanted).sum()), shuffle=True, random_state=0)
        unseen = cross_val_predict(self._model, table, wanted, cv=folds, method='decision_function')
        sigmoid = LogisticRegression().fit(unseen[:, None], wanted)
        self._slope, self._offset = sigmoid.coef_[0, 0], sigmoid.intercept_[0]
        if self._slope <= 0:
            raise ValueError('the examples of both kinds cannot be told apart: give more of them, or such that differ')
        self._model.fit(table, wanted)

    def __call__(self, kinds):
        """``(N,)`` probabilities."""
        values = self._model.decision_function(_stack(kinds))
        return 1 / (1 + np.exp(-(self._slope * values + self._offset)))


def _examples(name, source, size):
    """The examples by the checksum of their squares, in its order, which does not depend on where they lie or what they are called."""
    if isinstance(source, (str, Path)):
        folder = Path(source)
        if not folder.is_dir():
            raise ValueError(f'{name}: {folder} is no folder of pictures')
        paths = [folder / path for path in pictures.files(folder)]
    else:
        paths = [Path(path) for path in source]
    found = {}
    for path in paths:
        try:
            square = pictures.square(pictures.read(path, draft=size), size)
        except pictures.BadPicture as error:
            raise ValueError(f'{name}: {path} {error}: take it out') from None
        found[hashlib.sha256(square.tobytes()).hexdigest()] = path, square
    if len(found) < LEAST:
        raise ValueError(f'{name}: {len(found)} different pictures where {LEAST} are the least, and 20 are better')
    return dict(sorted(found.items()))


def _stack(kinds):
    return np.concatenate(kinds, axis=1).astype(np.float64)
