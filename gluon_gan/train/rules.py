"""The rules behind the alarms: records in (:meth:`gluon_gan.train.monitor.Monitor.record`), words and a remedy out.

A rule sees the record and what earlier records held, so a history on disk can be judged like a training under way. Most look
at gradients, ranks and pictures, which mean the same under every objective.
"""
from collections import defaultdict
from typing import Callable, NamedTuple

import numpy as np

# Enough records to know what was usual before; at 25 steps each, 200 steps, by when digits have strokes.
EARLIER = 8
# D has won. A D that ranks all but one in a hundred pairs right is usual late in a healthy training, and harmless while a gradient
# reaches G: so G's must have shrunk to a hundredth of what it once was too. (In the first 1,000 steps on MNIST it stays within a
# factor of 10; under the minimax loss D often wins before there is any usual size.) Where D's loss is a cross entropy, a
# hundredth of ln 2 is a win as well, if it lasts: the least of 25 healthy epochs on MNIST is 0.08, and the gradient of the
# non-saturating loss does not vanish though it tells G nothing any more.
TOLD_APART, VANISHED, LOSS_ZERO = 0.99, 0.01, 0.007
# Collapse: to a few pictures, that is. Of MNIST's own diversity two of its pictures, over and over, have 0.47 and five 0.83, but
# pictures of one digit alone 0.65 (ones) to 1: a loss of classes does not show in pixels. Healthy training is above 0.8 from
# step 300 on, and before that nothing has fallen.
COLLAPSED, FALLEN = 0.5, 0.5
# Dead. A quarter of a grey level (2 / 255 / 4) between the pictures of different noise is no picture of it, and a gradient of 1e-12 is
# below what Adam's epsilon (1e-8) lets through.
NO_VARIATION, NO_GRADIENT = 0.002, 1e-12
# Saturated tanh: the share of the room between the data's own share and all of them. Of MNIST's pixels 80 % are black, so 95 %
# is far too much there; of a face's 2 %, so 75 % is.
ROOM = 0.75


class Rule(NamedTuple):
    name: str
    judge: Callable      # (record, Earlier) to a sentence, or None
    patience: int        # records in a row that begin an alarm, or end it
    remedy: str


class Earlier:
    """What the records before this one held, as long as all was well."""

    def __init__(self):
        self._values = defaultdict(list)

    def add(self, record):
        for name, value in record.items():
            if value is not None:
                self._values[name].append(value)

    def first(self, name):
        """The first value of ``name``; None before there is one."""
        return self._values[name][0] if self._values[name] else None

    def most(self, name):
        """The largest value so far; None before there is one."""
        return max(self._values[name], default=None)

    def usual(self, name):
        """The 90th percentile of the values so far, which a slow decline does not move; None while there are fewer than :data:`EARLIER`."""
        values = self._values[name]
        return float(np.percentile(values, 90)) if len(values) >= EARLIER else None


def d_won(record, earlier):
    auc, gradient, most = record.get('auc'), record.get('gradG'), earlier.most('gradG')
    if auc is None or gradient is None or most is None or dead(record, earlier):
        return None
    if max(auc, 1 - auc) >= TOLD_APART and gradient < VANISHED * most:       # 1 - auc: labels may be swapped
        return (f'D tells {max(auc, 1 - auc):.1%} of all pairs apart (errD {record["errD"]:.2g}), and the gradient that reaches G has '
                f'vanished: {gradient:.2g}, once {most:.2g}')
    return None


def d_won_for_long(record, earlier):
    if record.get('errD') is not None and record['errD'] < LOSS_ZERO:
        return f"D's loss has stayed near zero ({record['errD']:.2g}): it is always right, and tells G no direction any more"
    return None


def collapse(record, earlier):
    now, before, data = record.get('diversity'), earlier.usual('diversity'), earlier.first('diversity_data')
    if now is None or before is None or dead(record, earlier) or now >= FALLEN * before or (data and now >= COLLAPSED * data):
        return None
    of_data = f', real ones differ by {data:.2g}' if data else ''
    return f'the pictures of different noise look alike: they differ by {now:.2g}; they did by {before:.2g}{of_data}'


def dead(record, earlier):
    if record.get('gradG') is not None and record['gradG'] < NO_GRADIENT:
        return f"G's gradient is {record['gradG']:.2g}: it cannot learn"
    if record.get('diversity') is not None and record['diversity'] < NO_VARIATION:
        return f'G makes the same picture of every noise: they differ by {record["diversity"]:.2g}, less than a grey level'
    if record.get('moved') == 0 and record.get('lr'):
        return "G's pictures do not change any more"
    return None


def saturation(record, earlier):
    now, data = record.get('saturated'), earlier.first('saturated_data')
    if now is None or data is None or now - data <= ROOM * (1 - data) or data > 1 - 1e-3:
        return None
    return f'{now:.0%} of the values in the pictures are beyond +-0.99, where tanh passes hardly any gradient; of real ones {data:.0%} are'


RULES = (
    Rule('D has won', d_won, 3,
         'lower the learning rate of D or its size (ndf), or raise those of G; the non-saturating loss keeps a gradient'),
    Rule('D has won', d_won_for_long, 20,
         'lower the learning rate of D or its size (ndf), smooth its labels, or add noise to what it sees'),
    Rule('collapse', collapse, 4,
         'go back to a checkpoint from before, with a lower learning rate; feature matching or a larger batch help too'),
    Rule('dead generator', dead, 2,
         'a learning rate that is too high has put its ReLUs out: start anew with a lower one, and N(0, 0.02) for the weights'),
    Rule('saturated tanh', saturation, 4,
         "lower G's learning rate; see that the data is scaled to [-1, 1] and the weights of G's last layer begin small"),
)
CROSS_ENTROPY = ('nonsaturating', 'minimax')     # the objectives under which errD of zero means that D is always right


class Judge:
    """Follows a training record by record.

    Parameters
    ----------
    loss : str
        The objective's name; a rule that only holds for a cross entropy is left out for others.
    feature_weight : float
        Where G has features to match it learns from a D that is always right too.
    """

    def __init__(self, loss, feature_weight=0.0):
        by_loss = loss in CROSS_ENTROPY and not feature_weight
        self._rules = [rule for rule in RULES if rule.judge is not d_won_for_long or by_loss]
        self._earlier, self._streaks, self._standing = Earlier(), [0] * len(self._rules), set()

    def __call__(self, record):
        """list of (name, message, remedy): the alarms that begin with this record."""
        begun = []
        if record.get('diversity_data') is not None:       # the data's yardstick counts from its own record on
            self._earlier.add({name: record[name] for name in ('diversity_data', 'saturated_data')})
        for number, rule in enumerate(self._rules):
            message, standing = rule.judge(record, self._earlier), number in self._standing
            self._streaks[number] = self._streaks[number] + 1 if bool(message) != standing else 0
            if self._streaks[number] == rule.patience:
                self._streaks[number] = 0
                self._standing ^= {number}
                if message and not any(self._rules[other].name == rule.name for other in self._standing - {number}):
                    begun.append((rule.name, message, rule.remedy))
        if not self._standing:                             # what goes wrong is not what is usual
            self._earlier.add({name: record.get(name) for name in ('gradG', 'diversity')})
        return begun
