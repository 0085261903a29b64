"""Objectives, label tricks, feature matching, classes, update ratios and devices in a trainer."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import losses
from gluon_gan.support import storage
from gluon_gan.train import Callback, Schedule

REAL = np.random.default_rng(0).uniform(-1, 1, (8, 1, 28, 28)).astype('float32')
LABELS = np.arange(8) % 3


def real():
    return mx.nd.array(REAL)


def trainer(classes=0, norm='batch', **options):
    gg.seed(0)
    netG = gg.Generator(28, 1, nz=6, ngf=4, classes=classes)
    netD = gg.Discriminator(28, 1, ndf=4, classes=classes, norm=norm)
    return gg.GANTrainer(netG, netD, **{'ctx': mx.cpu(), 'seed': 1, **options})


def weights(net):
    return storage.parameters(net)


def moved(before, net):
    return {name for name, array in weights(net).items() if (array != before[name]).any()}


def largest_difference(one, other):
    return max(np.abs(a - b).max() for a, b in zip(weights(one).values(), weights(other).values()))


@pytest.mark.parametrize('options', [
    *[dict(loss=name) for name in losses.OBJECTIVES], dict(norm='spectral', loss='hinge'), dict(feature_weight=0.1),
    dict(feature_weight=0.1, features='pairs', feature_layer=0),
    dict(noise=0.3, flip=0.2, real_label=0.9, swap_labels=True),
    dict(diff_augment='color,translation,cutout', feature_weight=0.1),
    dict(diff_augment='color,translation,cutout', augment_target=0.5, augment_p=0.5),
    dict(classes=3), dict(classes=3, feature_weight=1.0, average=0.9), dict(d_steps=2, g_steps=3, clip=0.05)], ids=str)
def test_with_every_option_both_networks_learn_and_resume_exactly(options, tmp_path):
    labels = [mx.nd.array(LABELS)] if 'classes' in options else []
    gan = trainer(**options)
    before = weights(gan.netG), weights(gan.netD)
    for _ in range(2):
        errD, errG = gan.step(real(), *labels)
    assert errD.shape == errG.shape == (8,)
    assert np.isfinite(errD.asnumpy()).all() and np.isfinite(errG.asnumpy()).all()
    assert 'up.0.conv.weight' in moved(before[0], gan.netG) and 'down.1.conv.weight' in moved(before[1], gan.netD)
    gan.fixed_samples().wait_to_read()
    gan.save(tmp_path / 'last')
    again = gg.GANTrainer.load(tmp_path / 'last', ctx=mx.cpu())
    assert again.options == gan.options
    for one in (gan, again):
        for _ in range(3):
            one.step(real(), *labels)
    assert largest_difference(gan.netG, again.netG) == largest_difference(gan.netD, again.netD) == 0


def test_swapped_labels_change_the_sign_of_d_and_nothing_else():
    """If D's last layer is negated at the start, the game with swapped labels mirrors the plain one."""
    plain, swapped = trainer(), trainer(swap_labels=True)
    for parameter in swapped.netD.to_logit.collect_params().values():
        parameter.set_data(-parameter.data())
    for _ in range(3):
        plain.step(real())
        swapped.step(real())
    assert largest_difference(plain.netG, swapped.netG) < 1e-6
    np.testing.assert_allclose(plain.outputs['real_logits'].asnumpy(), swapped.outputs['real_logits'].asnumpy(),
                               atol=1e-5)
    np.testing.assert_allclose(plain.netD(real()).asnumpy(), -swapped.netD(real()).asnumpy(), atol=1e-5)


def test_feature_matching_does_not_use_the_logits():
    """G's gradient in feature matching equals that of the formula, computed without the trainer."""
    gan = trainer(loss='feature_matching', lrG=1e-3)
    gan.trainerD.set_learning_rate(0)                 # D does not change
    gan.step(real())
    actual = gan.netG.up[0].conv.weight.grad().asnumpy()
    again = trainer(loss='feature_matching')
    z = gg.sample_z(8, 6, seed=[1, 1])
    with mx.autograd.record():
        fake, wanted = again.netD.down(again.netG(z)), again.netD.down(real())
        loss = 8 * mx.nd.sum(mx.nd.square(fake.mean(axis=0) - wanted.mean(axis=0)))
    loss.backward()
    expected = again.netG.up[0].conv.weight.grad().asnumpy()
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_g_is_updated_every_d_steps():
    gan = trainer(d_steps=3, g_steps=2)
    before = weights(gan.netG)
    moves = []
    for _ in range(6):
        gan.step(real())
        moves.append('up.0.conv.weight' in moved(before, gan.netG))
        before = weights(gan.netG)
    assert moves == [False, False, True] * 2 and gan.updates == (4, 6)
    assert gan.trainerG._optimizer.num_update == 4 and gan.trainerD._optimizer.num_update == 6


def test_each_network_has_its_learning_rate():
    gan = trainer(lrG=1e-3, lrD=1e-4)
    assert (gan.trainerG.learning_rate, gan.trainerD.learning_rate) == (1e-3, 1e-4)


def test_clipping_bounds_the_weights_but_not_the_norms():
    gan = trainer(loss='wasserstein')
    gan.step(real())
    arrays = weights(gan.netD)
    for name, array in arrays.items():
        if name.endswith(('weight', 'bias')):
            assert np.abs(array).max() <= np.float32(0.01), name
    assert arrays['down.1.norm.gamma'].max() > 0.5


def test_instance_noise_is_added_to_every_input_of_d_and_decreases():
    gan = trainer(noise=0.5)
    inputs = []
    netD = gan.game.netD
    gan.game.netD = lambda x: inputs.append(x.asnumpy()) or netD(x)
    gan.game.begin(1)
    gan.game.discriminate(mx.nd.zeros((8, 1, 28, 28)))
    gan.game.discriminate(mx.nd.zeros((8, 1, 28, 28)))
    assert [array.std() for array in inputs] == pytest.approx([0.5, 0.5], rel=0.05)
    assert np.abs(inputs[0] - inputs[1]).max() > 0.1           # different noise
    gan.game.netD = netD

    levels = []

    class Watch(Callback):
        def on_step(self, trainer): levels.append(trainer.game.noise)

    gan.fit([real()] * 2, steps=4, callbacks=[Schedule('noise', 0.4, 0.0, until=0.5), Watch()])
    assert levels == pytest.approx([0.2, 0, 0, 0])


def test_differentiable_augmentation_changes_every_input_of_d():
    gan = trainer(diff_augment='color')
    inputs, netD = [], gan.game.netD
    gan.game.netD = lambda x: inputs.append(x.asnumpy()) or netD(x)
    gan.game.begin(1)
    for discriminate in (gan.game.discriminate, gan.game.discriminate_fake):
        discriminate(mx.nd.zeros((8, 1, 28, 28)))
    means = np.array(inputs).mean((2, 3, 4))
    assert means.shape == (2, 8) and len(np.unique(means)) == 16 and np.abs(means).max() <= 0.5


def test_the_augmentation_adapts_to_the_outputs_for_real_images():
    gan = trainer(diff_augment='translation', augment_target=0.6, lrD=1e-2)
    for _ in range(12):
        gan.step(real())
    sign = np.sign(gan.outputs['real_logits'].asnumpy()).mean()
    assert sign > 0.6 and gan.options['augment_p'] == pytest.approx(gan.outputs['augment_p'].asnumpy()[0])
    before = gan.options['augment_p']
    gan.step(real())
    assert gan.options['augment_p'] == pytest.approx(before + 8 / 50_000)
    assert 'augment_p' in gan.LOSSES and 'augment_p' not in trainer().LOSSES


def test_flips_have_their_probability():
    gan = trainer(flip=0.25)
    zeros = mx.nd.zeros((4000, 1))
    gan.game.begin(1)
    loss = gan.game.lossD(zeros + 3, zeros - 3).asnumpy()      # without flips 2 * 0.0486; each flip adds 3
    assert loss.mean() == pytest.approx(2 * np.log1p(np.exp(-3)) + 0.25 * 6, rel=0.05)


def test_two_devices_equal_one_with_the_same_batch():
    """With networks without batch statistics, after five steps, up to 1e-5: the order of sums differs."""
    class Plain(mx.gluon.nn.HybridSequential):
        nz = 6

    def make():
        netG, netD = Plain(), mx.gluon.nn.HybridSequential()
        netG.add(mx.gluon.nn.Dense(32, activation='relu', in_units=6),
                 mx.gluon.nn.Dense(784, in_units=32, activation='tanh'),
                 mx.gluon.nn.HybridLambda(lambda F, x: F.reshape(x, shape=(-1, 1, 28, 28))))
        netD.add(mx.gluon.nn.Conv2D(4, 5, 2, in_channels=1), mx.gluon.nn.LeakyReLU(0.2),
                 mx.gluon.nn.Dense(1, in_units=4 * 12 * 12))
        return netG, netD

    results = []
    for ctx in (mx.cpu(0), [mx.cpu(0), mx.cpu(1)]):
        gg.seed(0)
        gan = gg.GANTrainer(*make(), ctx=ctx, seed=1, lr=1e-3)
        for _ in range(5):
            errD, errG = gan.step(real())
        assert errD.shape == errG.shape == (8,) and gan.outputs['real_logits'].shape == (8, 1)
        results.append(gan)
    assert largest_difference(results[0].netG, results[1].netG) < 1e-5
    assert largest_difference(results[0].netD, results[1].netD) < 1e-5
    for parameter in results[1].netD.collect_params().values():
        np.testing.assert_array_equal(*[array.asnumpy() for array in parameter.list_data()])


def test_a_checkpoint_of_one_device_can_be_resumed_on_two_and_back(tmp_path):
    gan = trainer(average=0.9)
    gan.step(real())
    two = gg.GANTrainer.load(gan.save(tmp_path / 'one'), ctx=[mx.cpu(0), mx.cpu(1)])
    two.step(real())
    back = gg.GANTrainer.load(two.save(tmp_path / 'two'), ctx=mx.cpu())
    back.step(real())
    assert back.steps == 3 and largest_difference(two.netG, back.netG) > 0


def test_the_fixed_samples_cycle_through_the_classes():
    gan = trainer(classes=3)
    assert gan.fixed_labels.asnumpy().tolist() == [0, 1, 2] * 8
    assert gan.fixed_samples().shape == (24, 1, 28, 28)
    assert gg.sample(gan.netG, 5, seed=0, classes=2).shape == (5, 1, 28, 28)
    with pytest.raises(ValueError, match=r'labels must be classes from 0 to 2, not \[3\]'):
        gg.sample(gan.netG, 5, classes=3)


@pytest.mark.parametrize('options, message', [
    (dict(flip=0.5), 'flip must be a probability from 0 up to, not including, 1/2, not 0.5'),
    (dict(noise=-1), 'noise must be a standard deviation of at least 0, not -1'),
    (dict(diff_augment='blur'),
     "diff_augment must be none or a comma-separated list of color, translation, cutout, not 'blur'"),
    (dict(augment_target=0.6), 'augment_target=0.6 adapts an augmentation, and there is none'),
    (dict(augment_target=0.6, diff_augment='color', loss='wasserstein'), "that of the loss 'wasserstein' does not"),
    (dict(features='variances'), "features must be one of means, pairs, not 'variances'"),
    (dict(feature_weight=1, feature_layer=7), 'feature_layer must be an int from -3 to 2'),
    (dict(loss='feature_matching', feature_weight=0),
     "the loss 'feature_matching' needs a feature_weight above 0, not 0"),
    (dict(d_steps=0), 'd_steps must be an int of at least 1, not 0'),
    (dict(lrD=-1), 'lrD must be a positive number, not -1'),
    (dict(ctx=[mx.cpu(), mx.cpu()]), 'ctx may contain each device only once'),
    (dict(ctx=[]), 'ctx must be an mxnet.Context'),
])
def test_invalid_options(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(**options)


def test_batches_and_networks_that_do_not_fit():
    with pytest.raises(ValueError, match='these networks have 3 classes: a batch needs labels'):
        trainer(classes=3).step(real())
    with pytest.raises(ValueError, match='these networks have no classes'):
        trainer().step(real(), mx.nd.array(LABELS))
    with pytest.raises(ValueError, match='a batch of 8 cannot be split across 3 devices'):
        trainer(ctx=[mx.cpu(i) for i in range(3)]).step(real())
    with pytest.raises(ValueError, match='netG has 3 classes and netD 0'):
        gg.GANTrainer(gg.Generator(28, 1, classes=3), gg.Discriminator(28, 1))
    with pytest.raises(ValueError, match="only noise, flip, feature_weight can follow a schedule, not 'lr'"):
        Schedule('lr', 1.0)
