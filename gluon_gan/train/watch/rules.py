"""The rules behind the alarms.

A rule maps a record (:meth:`gluon_gan.train.watch.monitor.Monitor.record`) and the values of earlier records to a
message or None. It needs nothing else, so a history on disk can be checked like a running training. Most rules use
gradients, ranks and images, which have the same meaning under every objective.
"""
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# Number of records from which typical values can be estimated. At one record every 25 steps this is 200 steps; by then,
# generated digits have strokes.
MIN_RECORDS = 8
# D has won. Late in a healthy training, D often ranks 99 of 100 pairs correctly. This is harmless while a gradient
# reaches G, so G's gradient must also have shrunk to a hundredth of its largest value. (In the first 1,000 steps on
# MNIST it varies by less than a factor of 10. Under the minimax loss, D often wins before a typical value is known.)
# If D's loss is a cross entropy, a hundredth of ln 2 also means that D has won, provided that it lasts: the minimum
# of 25 healthy epochs on MNIST is 0.08. The gradient of the non-saturating loss does not vanish then, but it no
# longer guides G.
AUC_WON, GRADIENT_VANISHED, LOSS_ZERO = 0.99, 0.01, 0.007
# Collapse to a few images. Relative to the diversity of MNIST, two of its images repeated have 0.47 and five have 0.83,
# but images of a single digit have 0.65 (ones) to 1: lost classes are not visible in pixels. Healthy training is above
# 0.8 from step 300 on, and before that the diversity has not decreased.
COLLAPSED_VS_DATA, COLLAPSED_VS_TYPICAL = 0.5, 0.5
# Dead generator. If images of different noise differ by less than a quarter of a grey level (2 / 255 / 4), the noise
# has no effect. A gradient of 1e-12 is too small to pass Adam's epsilon (1e-8).
DIVERSITY_DEAD, GRADIENT_DEAD = 0.002, 1e-12
# Saturated tanh. The limit lies this far on the way from the data's own share of saturated values to 1. 80 % of MNIST's
# pixels are black, so its limit is 95 %; 2 % of a face's are saturated, so its limit is 75 %.
SATURATION_LIMIT = 0.75


class Rule(NamedTuple):
    """A way in which training can fail.

    Attributes
    ----------
    name : str
    check : callable
        Takes a record and the HealthyValues; returns a message, or None if all is well.
    patience : int
        The number of consecutive records after which the alarm begins, or ends.
    remedy : str
    """

    name: str
    check: Callable
    patience: int
    remedy: str


class HealthyValues:
    """The values of earlier records, collected while no alarm was active."""

    def __init__(self):
        self._values = defaultdict(list)

    def add(self, record):
        """Add the values of a record, except those that are None."""
        for name, value in record.items():
            if value is not None:
                self._values[name].append(value)

    def first(self, name):
        """Return the first value of ``name``, or None if there is none."""
        return self._values[name][0] if self._values[name] else None

    def largest(self, name):
        """Return the largest value of ``name``, or None if there is none."""
        return max(self._values[name], default=None)

    def typical(self, name):
        """Return the 90th percentile of ``name``, or None if there are fewer than :data:`MIN_RECORDS` values.

        A slow decline hardly changes this percentile.
        """
        values = self._values[name]
        return float(np.percentile(values, 90)) if len(values) >= MIN_RECORDS else None


def d_won(record, healthy):
    """Check whether D ranks nearly all pairs correctly and G's gradient has vanished."""
    auc, gradient, largest = record.get('auc'), record.get('gradG'), healthy.largest('gradG')
    if auc is None or gradient is None or largest is None or dead(record, healthy):
        return None
    correct = max(auc, 1 - auc)       # 1 - auc: the labels may be swapped
    if correct >= AUC_WON and gradient < GRADIENT_VANISHED * largest:
        return (f'D ranks {correct:.1%} of all pairs of a real and a generated image correctly '
                f'(errD {record["errD"]:.2g}), and the gradient that reaches G has vanished: '
                f'it is {gradient:.2g} and was up to {largest:.2g}')
    return None


def d_won_for_long(record, healthy):
    """Check whether D's loss is close to zero."""
    if record.get('errD') is not None and record['errD'] < LOSS_ZERO:
        return (f"D's loss has stayed near zero ({record['errD']:.2g}): D is always right, and its gradient no longer "
                'guides G')
    return None


def collapse(record, healthy):
    """Check whether the diversity is low compared with the data and with earlier records."""
    now, before, data = record.get('diversity'), healthy.typical('diversity'), healthy.first('diversity_data')
    if now is None or before is None or dead(record, healthy):
        return None
    if now >= COLLAPSED_VS_TYPICAL * before or (data and now >= COLLAPSED_VS_DATA * data):
        return None
    of_data = f'; that of real images is {data:.2g}' if data else ''
    return f'images of different noise look alike: their mean distance is {now:.2g} and was {before:.2g}{of_data}'


def dead(record, healthy):
    """Check whether G has no gradient, ignores its noise, or no longer changes."""
    if record.get('gradG') is not None and record['gradG'] < GRADIENT_DEAD:
        return f"G cannot learn: its gradient is {record['gradG']:.2g}"
    if record.get('diversity') is not None and record['diversity'] < DIVERSITY_DEAD:
        return (f'G generates the same image for all noise: the mean distance is {record["diversity"]:.2g}, less than '
                'a grey level')
    if record.get('moved') == 0 and record.get('lr'):
        return "G's images no longer change"
    return None


def saturation(record, healthy):
    """Check whether far more values are saturated than in the data."""
    now, data = record.get('saturated'), healthy.first('saturated_data')
    if now is None or data is None or now - data <= SATURATION_LIMIT * (1 - data) or data > 1 - 1e-3:
        return None
    return (f'{now:.0%} of the values in the images are beyond +-0.99, where tanh passes hardly any gradient; in real '
            f'images it is {data:.0%}')


RULES = (
    Rule('D has won', d_won, 3,
         'lower the learning rate of D or its size (ndf), or raise those of G; the non-saturating loss keeps a '
         'gradient'),
    Rule('D has won', d_won_for_long, 20,
         'lower the learning rate of D or its size (ndf), smooth its labels, or add noise to its inputs'),
    Rule('collapse', collapse, 4,
         'return to an earlier checkpoint with a lower learning rate; feature matching or a larger batch also help'),
    Rule('dead generator', dead, 2,
         'too high a learning rate has killed its ReLUs: start again with a lower one, and weights from N(0, 0.02)'),
    Rule('saturated tanh', saturation, 4,
         "lower G's learning rate; check that the data is scaled to [-1, 1] and that the weights of G's last layer "
         'start small'),
)
CROSS_ENTROPY = ('nonsaturating', 'minimax')     # the objectives under which errD = 0 means that D is always right


class AlarmRules:
    """Applies the rules to a training, record by record.

    Parameters
    ----------
    loss : str
        The name of the objective. A rule that only holds for a cross entropy is omitted for other objectives.
    feature_weight : float
        With feature matching, G also learns from a D that is always right, so that rule is omitted too.
    """

    def __init__(self, loss, feature_weight=0.0):
        by_loss = loss in CROSS_ENTROPY and not feature_weight
        self._rules = [rule for rule in RULES if rule.check is not d_won_for_long or by_loss]
        self._healthy, self._streaks, self._active = HealthyValues(), [0] * len(self._rules), set()

    def __call__(self, record):
        """Check the next record.

        Returns
        -------
        list of (str, str, str)
            Name, message and remedy of each alarm that begins with this record.
        """
        begun = []
        if record.get('diversity_data') is not None:       # reference values already apply to their own record
            self._healthy.add({name: record[name] for name in ('diversity_data', 'saturated_data')})
        for number, rule in enumerate(self._rules):
            message, active = rule.check(record, self._healthy), number in self._active
            self._streaks[number] = self._streaks[number] + 1 if bool(message) != active else 0
            if self._streaks[number] == rule.patience:
                self._streaks[number] = 0
                self._active ^= {number}
                if message and not any(self._rules[other].name == rule.name for other in self._active - {number}):
                    begun.append((rule.name, message, rule.remedy))
        if not self._active:                             # values during an alarm are not healthy
            self._healthy.add({name: record.get(name) for name in ('gradG', 'diversity')})
        return begun
