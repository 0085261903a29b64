"""Train a classifier on a few examples and on the images of a corpus of which it is most certain (self-training)."""
import numpy as np

ROUNDS = 2          # of self-training
CERTAIN = 0.7       # the share of the images on each side of a probability of 0.5 that become further examples
MOST = 200          # further examples of each class
LEAST = 5           # with fewer of one class, the corpus does not contain it, or it cannot be recognised
WANTED = 0.2        # the share of the corpus that must score at least 0.5; with less, too many of them are errors
WEIGHT = 0.3        # of a further example, relative to an example
HEAVIEST = 0.5      # the largest weight of one of the class that has fewer
WIDTH = 0.15        # scikit-learn's gamma of the support vector machine,
STRENGTH = 3.0      # its C,
CALIBRATION = 15.0  # and C of the sigmoid
FAR = 2.0           # standard deviations beyond which a feature is clipped


class SelfTraining:
    """The probability that an image is wanted, as a function of its features, adapted to a corpus without labels.

    A support vector machine with a Gaussian kernel is trained on the examples, with the features standardised, clipped
    and weighted as in :class:`~gluon_gan.curation.scorers.Regression`. Then the images of the corpus of which it is
    most certain become further examples of both classes, and it is trained again (Yarowsky 1995). Both classes of
    further examples have the same total weight, unless there are few unwanted ones. The true examples always remain,
    with a higher weight. The sigmoid (Platt 1999) is fitted to the cross-validated decision values of the true examples
    alone.

    Parameters
    ----------
    groups, wanted
        The features and the classes of the examples, as for :class:`~gluon_gan.curation.scorers.Regression`.
    corpus : list of numpy.ndarray
        The features of images of the corpus, as returned by :func:`gluon_gan.curation.features.describe`, in an order
        that depends only on their content.

    Attributes
    ----------
    added : int
        The number of images of the corpus in the training set. It is 0 if the corpus seems to hold few wanted images,
        or hardly any others; the classifier is then trained on the examples alone.
    """

    def __init__(self, groups, wanted, corpus):
        table, unlabelled, self._weights, self.added = stack(groups), stack(corpus), balance(groups), 0
        self._fit(table, wanted, unlabelled[:0], np.zeros(0, int), np.zeros(0))
        for _ in range(ROUNDS):
            # Rounding makes the order of equal scores independent of the last bits of a number.
            scores = np.round(self._probabilities(unlabelled), 6)
            order, likely = np.argsort(-scores, kind='stable'), int((scores >= 0.5).sum())
            some, others = (int(min(MOST, CERTAIN * count)) for count in (likely, len(scores) - likely))
            if likely < WANTED * len(scores) or min(some, others) < LEAST:
                return
            self.added = some + others
            chosen = np.concatenate([order[:some], order[len(order) - others:]])
            weights = np.repeat([WEIGHT, min(HEAVIEST, WEIGHT * some / others)], [some, others])
            self._fit(table, wanted, unlabelled[chosen], np.repeat([1, 0], [some, others]), weights)

    def __call__(self, groups):
        """Return ``(N,)`` probabilities for the features of N images."""
        return self._probabilities(stack(groups))

    def _probabilities(self, table):
        return 1 / (1 + np.exp(-(self._slope * self._model.decision_function(table) + self._offset)))

    def _fit(self, table, wanted, further, labels, weights):
        """Train on the examples, and on further ones with labels and weights."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold

        def trained(rows):
            return self._machine(np.concatenate([table[rows], further]), np.concatenate([wanted[rows], labels]),
                                 np.concatenate([np.ones(len(rows)), weights]))

        held_out = np.zeros(len(wanted))
        folds = StratifiedKFold(min(10, wanted.sum(), (1 - wanted).sum()), shuffle=True, random_state=0)
        for rows, left in folds.split(table, wanted):
            held_out[left] = trained(rows).decision_function(table[left])
        sigmoid = LogisticRegression(C=CALIBRATION).fit(held_out[:, None], wanted)
        # A negative slope would reverse the order of the scores; Regression has refused such examples.
        self._slope, self._offset = max(sigmoid.coef_[0, 0], 0.0), sigmoid.intercept_[0]
        self._model = trained(np.arange(len(wanted)))

    def _machine(self, table, labels, weights):
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler
        from sklearn.svm import SVC
        clip_and_weight = FunctionTransformer(lambda rows: np.clip(rows, -FAR, FAR) * self._weights)
        model = make_pipeline(StandardScaler(), clip_and_weight, SVC(C=STRENGTH, gamma=WIDTH))
        return model.fit(table, labels, svc__sample_weight=weights)


def balance(groups):
    """``(D,)``: the weight of each feature, with which each group counts the same, whatever its size."""
    return np.concatenate([np.full(group.shape[1], group.shape[1] ** -0.5) for group in groups])


def stack(groups):
    """``(N, D)`` float64: the features of N images."""
    return np.concatenate(groups, axis=1).astype(np.float64)
