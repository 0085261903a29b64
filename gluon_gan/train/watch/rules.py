"""The rules behind the alarms.

A rule maps a record (:meth:`gluon_gan.train.watch.monitor.Monitor.record`) and the values of earlier records to a
message or None. It needs nothing else, so a history on disk can be checked like a running training. Most rules use
gradients, ranks and images, which have the same meaning under every objective.
"""
import math
from collections import defaultdict, deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ... import losses

# Number of records from which typical values can be estimated. At one record every 25 steps this is 200 steps; by then,
# generated digits have strokes.
MIN_RECORDS = 8
# D has won. Late in a healthy training, D often ranks 99 of 100 pairs correctly. This is harmless while a gradient
# reaches G, so G's gradient must also have shrunk to a hundredth of its largest value. (In the first 1,000 steps on
# MNIST it varies by less than a factor of 10. Under the minimax loss, D often wins before a typical value is known.)
# If D's loss has a minimum, a two-hundredth of the way from there to its equilibrium also means that D has won,
# provided that it lasts. For a cross entropy this is 0.007; the minimum of 25 healthy epochs on MNIST is 0.08. The
# gradient of the non-saturating loss does not vanish then, but it no longer guides G.
AUC_WON, GRADIENT_VANISHED, LOSS_ZERO = 0.99, 0.01, 0.005
# G has won. If D ranks generated images above real ones, or takes nearly all of them for real, its gradient leads G
# away from the data. A healthy D may be wrong for a moment, but it then learns from its large loss. Tiny batches need
# a margin: with one image of each, half of all rankings are wrong by chance even if all logits are almost equal.
AUC_LOST, FOOLED, MARGIN = 0.01, 0.95, 0.1
# Collapse to a few images. Relative to the diversity of MNIST, two of its images repeated have 0.47 and five have 0.83,
# but images of a single digit have 0.65 (ones) to 1: lost classes are not visible in pixels. Healthy training is above
# 0.8 from step 300 on, and before that the diversity has not decreased.
COLLAPSED_VS_DATA, COLLAPSED_VS_TYPICAL = 0.5, 0.5
# Collapse without better values before it. Each of 78 trainings on MNIST with other settings (lesson 06) reached half
# of the data's diversity within 13 records, except those that collapsed, and CelebA and the quilts did so within 10.
# Training that is slow for another reason, such as a low learning rate, is excused while the diversity rises.
ALIKE_RECORDS, ALIKE_STEPS, RISING = 16, 400, 1.3
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
    """The values of earlier records, collected while no alarm was active, and the recent ones in any case.

    Attributes
    ----------
    recent : collections.deque of float
        The last values of ``diversity``, at most :data:`ALIKE_RECORDS`, whether an alarm was active or not.
    always_right : float or None
        The value of errD below which D is always right; None if the objective has no such value.
    probable : bool
        Whether D's output is a probability, or is trained towards one.
    """

    def __init__(self, always_right=None, probable=False):
        self._values, self.recent = defaultdict(list), deque(maxlen=ALIKE_RECORDS)
        self.always_right, self.probable = always_right, probable

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
    if None in (auc, gradient, largest, record.get('errD')) or dead(record, healthy):
        return None
    if auc >= AUC_WON and gradient < GRADIENT_VANISHED * largest:
        return (f'D ranks {auc:.1%} of all pairs of a real and a generated image correctly '
                f'(errD {record["errD"]:.2g}), and the gradient that reaches G has vanished: '
                f'it is {gradient:.2g} and was up to {largest:.2g}')
    return None


def d_won_for_long(record, healthy):
    """Check whether D's loss is close to its minimum."""
    loss, limit = record.get('errD'), healthy.always_right
    if loss is None or limit is None or loss >= limit:
        return None
    return f"D's loss has stayed near its minimum ({loss:.2g}): D is always right, and its gradient no longer guides G"


def g_won(record, healthy):
    """Check whether D takes generated images for real, or ranks them above real ones."""
    auc, real, fake = (record.get(name) for name in ('auc', 'D(x)', 'D(G(z))'))
    if fake is None or record.get('errD') is None:
        return None
    if healthy.probable and fake >= FOOLED:
        return (f'D takes generated images for real: D(G(z)) is {fake:.3g} (errD {record["errD"]:.2g}), so it cannot '
                'guide G')
    if auc is not None and auc <= AUC_LOST and real is not None and fake - real >= MARGIN:
        return (f'D ranks {1 - auc:.1%} of all pairs of a real and a generated image wrongly '
                f'(errD {record["errD"]:.2g}), and its gradient leads G away from the data')
    return None


def collapse(record, healthy):
    """Check whether the diversity is low compared with the data and with earlier records."""
    now, before, data = record.get('diversity'), healthy.typical('diversity'), healthy.first('diversity_data')
    if now is None or before is None or dead(record, healthy):
        return None
    if now >= COLLAPSED_VS_TYPICAL * before or _as_diverse_as_data(now, data):
        return None
    of_data = '' if data is None else f'; that of real images is {data:.2g}'
    return f'images of different noise look alike: their mean distance is {now:.2g} and was {before:.2g}{of_data}'


def alike_for_long(record, healthy):
    """Check whether the diversity has been low compared with the data for many records, and does not rise."""
    now, recent, data = record.get('diversity'), list(healthy.recent), healthy.first('diversity_data')
    if now is None or data is None or len(recent) < ALIKE_RECORDS or record.get('step', 0) < ALIKE_STEPS:
        return None
    if dead(record, healthy) or any(_as_diverse_as_data(value, data) for value in recent):
        return None
    middle = ALIKE_RECORDS // 2
    if max(recent[middle:]) > RISING * max(recent[:middle]):
        return None
    return (f'images of different noise look alike, and have done so for long: their mean distance is {now:.2g}, and '
            f'that of real images is {data:.2g}')


def dead(record, healthy):
    """Check whether G has no gradient, ignores its noise, or no longer changes."""
    if record.get('gradG') is not None and record['gradG'] < GRADIENT_DEAD:
        return f"G cannot learn: its gradient is {record['gradG']:.2g}"
    now = record.get('diversity')
    if now is not None and now < DIVERSITY_DEAD and not _as_diverse_as_data(now, healthy.first('diversity_data')):
        return f'G generates the same image for all noise: the mean distance is {now:.2g}, less than a grey level'
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


def _as_diverse_as_data(diversity, data):
    """Whether a diversity is not low compared with that of the data, which is 0 if the data is one repeated image."""
    return data is not None and diversity >= COLLAPSED_VS_DATA * data


def _loss_of_a_perfect_D(loss, real_label):
    """The value of errD below which D is always right; None if D's loss has no minimum."""
    equilibrium, least = losses.equilibrium(loss, real_label)['errD'][1], 0.0
    if losses.OBJECTIVES[loss].lossD is losses.DiscriminatorBCE and real_label < 1:      # the entropy of the labels
        least = -real_label * math.log(real_label) - (1 - real_label) * math.log(1 - real_label)
    return least + LOSS_ZERO * (equilibrium - least) if equilibrium else None


RULES = (
    Rule('D has won', d_won, 3,
         'lower the learning rate of D or its size (ndf), or raise those of G; the non-saturating loss keeps a '
         'gradient'),
    Rule('D has won', d_won_for_long, 20,
         'lower the learning rate of D or its size (ndf), smooth its labels, or add noise to its inputs'),
    Rule('G has won', g_won, 4,
         'raise the learning rate of D or its size (ndf), lower the learning rate of G, or use more updates of D '
         '(d_steps)'),
    Rule('collapse', collapse, 4,
         'return to an earlier checkpoint with a lower learning rate; feature matching or a larger batch also help'),
    Rule('collapse', alike_for_long, 4,
         'start again with other learning rates: a lower one for both networks, or a higher one for the network that '
         'hardly learns; feature matching of means or a larger batch also help'),
    Rule('dead generator', dead, 2,
         'too high a learning rate has killed its ReLUs: start again with a lower one, and weights from N(0, 0.02)'),
    Rule('saturated tanh', saturation, 4,
         "lower G's learning rate; check that the data is scaled to [-1, 1] and that the weights of G's last layer "
         'start small'),
)

class AlarmRules:
    """Applies the rules to a training, record by record.

    Parameters
    ----------
    loss : str
        The name of the objective. D's loss and its output mean different things under different objectives.
    feature_weight : float
        With feature matching, G also learns from a D that is always right, so no alarm is raised about its loss.
    real_label : float
        The target for real images, on which the minimum of D's loss depends.
    """

    def __init__(self, loss, feature_weight=0.0, real_label=1.0):
        row = losses.OBJECTIVES.get(loss)
        limit = _loss_of_a_perfect_D(loss, real_label) if row and not feature_weight else None
        self._healthy = HealthyValues(limit, probable=bool(row and row.lossD.smooths))
        self._streaks, self._active = [0] * len(RULES), set()

    @property
    def active(self):
        """set of str: the names of the alarms that have begun and not ended."""
        return {RULES[number].name for number in self._active}

    def __call__(self, record):
        """Check the next record.

        Returns
        -------
        list of (str, str, str)
            Name, message and remedy of each alarm that begins with this record.
        """
        begun = []
        if record.get('diversity_data') is not None:       # reference values already apply to their own record
            self._healthy.add({name: record.get(name) for name in ('diversity_data', 'saturated_data')})
        if record.get('diversity') is not None:
            self._healthy.recent.append(record['diversity'])
        for number, rule in enumerate(RULES):
            message, active = rule.check(record, self._healthy), number in self._active
            self._streaks[number] = self._streaks[number] + 1 if bool(message) != active else 0
            if self._streaks[number] == rule.patience:
                self._streaks[number] = 0
                self._active ^= {number}
                if message and not any(RULES[other].name == rule.name for other in self._active - {number}):
                    begun.append((rule.name, message, rule.remedy))
        if not self._active:                             # values during an alarm are not healthy
            self._healthy.add({name: record.get(name) for name in ('gradG', 'diversity')})
        return begun
