"""The game between G and D: the objective, feature matching, and the tricks applied to labels and images.

Each trick is an option of :class:`gluon_gan.GANTrainer`, whose docstring gives its source.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import losses
from ..models import Tap
from ..support.checks import FLOAT32, number
from ..support.scopes import weaken
from . import diffaugment
from . import penalty as penalties
from .lecam import LeCam
from .reconstruction import Reconstruction
from .step import joined


class Game:
    """The computation between the images and the two losses of a step.

    :mod:`gluon_gan.train.step` calls :meth:`discriminate_both` and :meth:`lossD` in D's update, and
    :meth:`discriminate_fake` and :meth:`lossG` in G's update. :meth:`begin` must be called before each step.

    Parameters
    ----------
    netD : callable
    seed : int
        Determines the noise and the flips, together with the number of the step and, among several workers, the
        ``rank``.
    loss, real_label, swap_labels, flip, noise, feature_weight, features, feature_layer, diff_augment, augment_target, \
    augment_p, lecam, reconstruction, penalty, gamma, penalty_every
        See :class:`gluon_gan.GANTrainer`. ``flip``, ``noise`` and ``feature_weight`` may be changed between steps.

    Attributes
    ----------
    fast : gluon_gan.fast.Pair or None
        Computes D's logits, if it is set. Features, penalties and reconstructions are computed with netD.
    autoencoder : gluon_gan.train.reconstruction.Reconstruction or None
    """

    fast = None

    def __init__(self, netD, seed, loss='nonsaturating', rank=0, real_label=1.0, swap_labels=False, flip=0.0, noise=0.0,
                 feature_weight=None, features='means', feature_layer=-1, diff_augment='none', augment_target=None,
                 augment_p=0.0, lecam=0.0, reconstruction=0.0, penalty='none', gamma=None, penalty_every=1):
        self.netD, self.seed, self.loss, self._rank = netD, seed, loss, rank
        self._lossD, self._lossG = losses.objective(loss, real_label)
        # A second block for calls with flips: a hybridized block always takes the same number of inputs, two or four.
        self._lossD_flipped = weaken(losses.objective(loss, real_label)[0])
        self._pairs = losses.OBJECTIVES[loss].pairs
        self._penalty = penalties.make(netD, self.seed, penalty, gamma, penalty_every)
        self.penalty, self.penalty_every = penalty, int(penalty_every)
        self._last_penalty = None            # a step without the penalty shows its last value
        self.gamma = self._penalty and self._penalty.penalty.gamma
        self.real_label = number('real_label', real_label, 'a number', least=-FLOAT32)
        self.swap_labels = bool(swap_labels)
        self.flip = number('flip', flip, 'a probability from 0 up to, not including, 1/2', below=0.5)
        self.noise = number('noise', noise, 'a standard deviation of at least 0')
        self.diff_augment = diff_augment
        self.augmentation = diffaugment.DiffAugment(diff_augment, augment_target, augment_p)
        if augment_target is not None and not losses.OBJECTIVES[loss].lossD.classifies:
            raise ValueError(f'augment_target={augment_target!r} needs a D that classifies images, and that of the '
                             f'loss {loss!r} does not: leave augment_target=... out, or choose another loss')
        self._lecam = LeCam(lecam)
        if lecam and not losses.OBJECTIVES[loss].lossD.classifies:
            raise ValueError(f'lecam={lecam!r} needs a D that classifies images, and that of the loss {loss!r} does '
                             'not: leave lecam=... out, or choose another loss')
        self.autoencoder = Reconstruction(netD, reconstruction) if reconstruction else None
        if features not in losses.FEATURES:
            raise ValueError(f"features must be one of {', '.join(losses.FEATURES)}, not {features!r}")
        features_only = self._lossG is None
        feature_weight = float(features_only) if feature_weight is None else feature_weight
        self.feature_weight = number('feature_weight', feature_weight, 'a number of at least 0')
        if features_only and not self.feature_weight:
            raise ValueError(f'the loss {loss!r} needs a feature_weight above 0, not {feature_weight!r}')
        self.features, self.feature_layer = features, feature_layer
        self._feature_loss, self._tap = losses.FEATURES[features](), None
        for block in filter(None, (self._lossD, self._lossG, self._feature_loss)):
            weaken(block).hybridize()     # otherwise their many small operators are launched one by one
        if self.feature_weight:
            self._create_tap()            # raises an error now if netD has no such layer
        elif feature_layer != -1:
            Tap(netD, feature_layer)      # likewise, for features that nothing uses yet

    @property
    def options(self):
        """dict: the current arguments. A game created with them continues this one."""
        return {name: getattr(self, name) for name in ('loss', 'real_label', 'swap_labels', 'flip', 'noise',
                                                       'feature_weight', 'features', 'feature_layer', 'diff_augment',
                                                       'augment_target', 'augment_p', 'lecam', 'reconstruction',
                                                       'penalty', 'gamma', 'penalty_every')}

    @property
    def augment_target(self):
        return self.augmentation.target

    @property
    def augment_p(self):
        return self.augmentation.probability

    @property
    def lecam(self):
        return self._lecam.weight

    @property
    def reconstruction(self):
        return self.autoencoder.weight if self.autoencoder else 0.0

    @property
    def reconstruct(self):
        """callable or None: the weighted distance ``(N,)`` of real images from their reconstructions."""
        return self.autoencoder and (lambda real: self.autoencoder(*self._inputs(real)))

    @property
    def reported(self):
        """list of str: the outputs of a step that only some games have, for the history."""
        return [name for name, there in (('penalty', self._penalty), ('augment_p', self.augment_target is not None),
                                         ('reconstruction', self.autoencoder)) if there]

    def prepare(self, contexts):
        """Initialise what D is trained with on the devices; return its parameters, a dict of Parameter by name."""
        return self.autoencoder.prepare(contexts) if self.autoencoder else {}

    def state(self):
        """dict of ndarray: what the next steps need of the past ones, for a checkpoint."""
        penalty = {'penalty': joined(self._last_penalty).asnumpy()} if self._last_penalty else {}
        return {**self._lecam.state(), **penalty, **(self.autoencoder.state() if self.autoencoder else {})}

    def restore(self, arrays, ctx):
        """Take from ``arrays`` what :meth:`state` returned; ValueError if it cannot come from there."""
        self._lecam.restore(arrays)
        if self.autoencoder:
            self.autoencoder.restore(arrays)
        if self._penalty and 'penalty' in arrays:
            self._last_penalty = [mx.nd.array(arrays.pop('penalty'), ctx=ctx)]

    def begin(self, step, labels=()):
        """Prepare a step.

        Parameters
        ----------
        step : int
            The number of the step. It determines the step's random numbers.
        labels : sequence of NDArray
            The labels ``(N,)`` of the images on each device; empty if netD is unconditional.
        """
        self._rng = np.random.default_rng([self.seed, step, 1, self._rank])      # the noise z uses [seed, step]
        self._labels = {array.context: array for array in labels}

    def discriminate_both(self, real, fake):
        """Return D's logits ``(N, 1)`` of being real, of real and of generated images, for D's update."""
        inputs = self._inputs(real), self._inputs(fake)
        logits = (self.fast.discriminate_both(*(images for images, in inputs)) if self.fast else
                  [self.netD(*each) for each in inputs])
        return tuple(map(self._signed, logits))

    def discriminate(self, images):
        """Return D's logits ``(N, 1)`` of being real, for G's update."""
        return self._signed((self.fast.discriminate if self.fast else self.netD)(*self._inputs(images)))

    def begin_penalty(self, step, real, cluster, split):
        """Prepare the penalty on D's gradient; return :meth:`penalise` if this step has one, or None.

        Parameters and order are those of :meth:`gluon_gan.train.penalty.StepPenalty.begin`.
        """
        applied = self._penalty and self._penalty.begin(step, real, cluster, split)
        return self.penalise if applied else None

    def penalise(self, real, fake, lossD):
        """Return D's loss with the penalty, a :class:`~.penalties.WithLoss` with the logits of :meth:`discriminate`."""
        (real, *labels), (fake, *_) = self._inputs(real), self._inputs(fake)
        found = self._penalty(real, fake, lambda *logits: lossD(*map(self._signed, logits)), *labels)
        return found._replace(real_logits=self._signed(found.real_logits), fake_logits=self._signed(found.fake_logits))

    def lossD(self, real_logits, fake_logits):
        """Return D's loss ``(N,)``."""
        loss = self._objective(real_logits, fake_logits)
        return loss if self._lecam.averages is None else loss + self._lecam(real_logits, fake_logits)

    def _objective(self, real_logits, fake_logits):
        if not self.flip:
            return self._lossD(real_logits, fake_logits)
        flips = [mx.nd.array(self._rng.random(logits.shape) < self.flip, ctx=logits.context, dtype='float32')
                 for logits in (real_logits, fake_logits)]
        return self._lossD_flipped(real_logits, fake_logits, *flips)

    def follow(self, outputs, cluster=None):
        """Follow D after its update: the probability of the augmentation, and the averages of LeCam regularisation.

        Parameters
        ----------
        outputs : dict
            The outputs of the update, which are lists with one NDArray for each device. 'augment_p' is added, ``(1,)``,
            if the augmentation adapts; and the last 'penalty', in a step without it. All workers compute the same.
        cluster : gluon_gan.distributed.Cluster, optional
        """
        self._last_penalty = outputs.get('penalty', self._last_penalty)
        if self._last_penalty:
            outputs['penalty'] = self._last_penalty
        real_logits = outputs['real_logits']
        self._lecam.observe([real_logits, outputs['fake_logits']], cluster)
        if self.augment_target is None:
            return
        signs = mx.nd.concat(*[mx.nd.sign(self.probability(logits).as_in_context(mx.cpu()) - 0.5)
                               for logits in real_logits], dim=0)
        mean = signs.mean() if cluster is None else cluster.gather(signs.mean()).mean()
        self.augmentation.adapt(mean.asscalar(), len(signs) * (cluster.workers if cluster else 1))
        outputs['augment_p'] = [mx.nd.array([self.augment_p])]

    def observe_real(self, reals):
        """Compute what G's update needs of the real images on each device: their features, or their logits.

        Both are those of the updated D. Without feature matching, and if the loss does not compare pairs, this does
        nothing.
        """
        with autograd.train_mode():
            if self.feature_weight:
                self._create_tap()
                found = {real.context: self._tap(*self._inputs(real)) for real in reals}
                self._real_features = {context: features for context, (_, features) in found.items()}
                self._real_logits = {context: self._signed(logits) for context, (logits, _) in found.items()}
            elif self._pairs:
                self._real_logits = {real.context: self.discriminate(real) for real in reals}

    def discriminate_fake(self, images):
        """Return (logits, features) of G's images; ``features`` is None without feature matching."""
        if not self.feature_weight:
            return self.discriminate(images), None
        logits, features = self._tap(*self._inputs(images))
        return self._signed(logits), features

    def lossG(self, outputs):
        """Return G's loss ``(N,)`` for the (logits, features) returned by :meth:`discriminate_fake`."""
        logits, features = outputs
        others = [self._real_logits[logits.context]] if self._pairs else []
        if features is None:
            return self._lossG(logits, *others)
        matching = self.feature_weight * self._feature_loss(self._real_features[logits.context], features)
        return matching if self._lossG is None else self._lossG(logits, *others) + matching

    def evaluate_lossG(self, fakes):
        """Return G's losses, a list with one ``(N,)`` for each device, in a step that does not update G."""
        with autograd.train_mode():
            return [self.lossG(self.discriminate_fake(fake)) for fake in fakes]

    def probability(self, logits):
        """Return D's output as probabilities ``(N, 1)`` of being real, for display."""
        return self._lossD.probability(logits)

    def _inputs(self, images):
        """The inputs of D: the augmented images with instance noise and, if D is conditional, the labels."""
        images = self.augmentation(images, self._rng)
        if self.noise:
            noise = self._rng.standard_normal(images.shape, dtype=np.float32)
            images = images + self.noise * mx.nd.array(noise, ctx=images.context)
        # The labels are detached: if two recorded graphs share an input, MXNet removes it from one graph when it
        # clears the other after the backward pass.
        return (images, self._labels[images.context].detach()) if self._labels else (images,)

    def _signed(self, logits):
        return -logits if self.swap_labels else logits

    def _create_tap(self):
        if self._tap is None:
            self._tap = Tap(self.netD, self.feature_layer)
            weaken(self._tap).hybridize(static_alloc=True)
