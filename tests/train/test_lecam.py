"""LeCam regularisation of D's outputs, and frozen blocks of D."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train.lecam import LeCam
from helpers import small_trainings


def column(*values):
    return mx.nd.array(values).reshape((-1, 1))


def test_the_penalty_is_the_distance_to_the_average_of_the_other_kind():
    lecam = LeCam(0.5)
    lecam.observe([[column(1, 3)], [column(-1, -2)]])
    assert lecam.averages.asnumpy().tolist() == [2, -1.5]
    found = lecam(column(1, 0), column(2, -1))
    np.testing.assert_allclose(found.asnumpy(), 0.5 * np.array([2.5 ** 2 + 0, 1.5 ** 2 + 3 ** 2]))
    lecam.observe([[column(12), column(12)], [column(8.5), column(8.5)]])     # two devices
    np.testing.assert_allclose(lecam.averages.asnumpy(), [2.1, -1.4], rtol=1e-6)
    with pytest.raises(ValueError, match='lecam must be a weight of at least 0, not -1'):
        LeCam(-1)


def test_the_penalty_keeps_the_outputs_of_D_near_each_other():
    def gap(weight):
        gan = small_trainings.trainer(lecam=weight, lr=1e-3)
        gan.fit(small_trainings.loader(), steps=30)
        return abs(float((gan.outputs['real_logits'].mean() - gan.outputs['fake_logits'].mean()).asscalar()))

    assert gap(1.0) < 0.5 * gap(0)


def test_resuming_is_exact(tmp_path):
    gan, loader = small_trainings.trainer(lecam=0.3), small_trainings.loader()
    gan.fit(loader, steps=3)
    again = gg.GANTrainer.load(gan.save(tmp_path / 'three'), ctx=mx.cpu())
    assert again.options == gan.options and again.options['lecam'] == 0.3
    gan.fit(loader, steps=6)
    again.fit(small_trainings.loader(), steps=6)
    ours, theirs = storage.parameters(gan.netD), storage.parameters(again.netD)
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_the_averages_of_a_checkpoint_are_two_numbers():
    lecam = LeCam(1.0)
    with pytest.raises(ValueError, match='must be two numbers'):
        lecam.restore({'lecam': np.zeros(3)})
    lecam.restore({})
    assert lecam.averages is None and lecam.state() == {}
    with pytest.raises(ValueError, match="lecam=1.0 needs a D that classifies images, and that of the loss"):
        small_trainings.trainer(lecam=1.0, loss='wasserstein')


def test_frozen_blocks_keep_their_weights(tmp_path):
    gan = small_trainings.trainer(freeze_d=1, clip=0.01)
    before = {name: array.copy() for name, array in storage.parameters(gan.netD).items()}
    gan.fit(small_trainings.loader(), steps=2)
    gan = gg.GANTrainer.load(gan.save(tmp_path / 'two'), ctx=mx.cpu())
    gan.fit(small_trainings.loader(), steps=4)
    moved = {name for name, array in storage.parameters(gan.netD).items() if (array != before[name]).any()}
    assert not any(name.startswith('down.0.') for name in moved)
    assert {'down.1.conv.weight', 'to_logit.dense.weight'} <= moved
    with pytest.raises(ValueError, match='freeze_d=3 freezes the first 3 blocks of D, and this discriminator'):
        small_trainings.trainer(freeze_d=3)
    with pytest.raises(ValueError, match='freeze_d must be'):
        small_trainings.trainer(freeze_d=-1)
