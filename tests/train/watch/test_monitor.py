"""Each measurement equals a value computed by hand or in another way, and none changes the training."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import latent
from gluon_gan.support import storage
from gluon_gan.train import Callback, History
from gluon_gan.train.average import recalibrate
from gluon_gan.train.watch import measures, monitor

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)


def trainer(**options):
    gg.seed(0)
    return gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu(), **options)


def loader():
    return gg.data.batches(DIGITS, batch_size=8, seed=5)


def weights(gan):
    nets = [gan.netG, gan.netD] + ([gan.average.netG] if gan.average else [])
    return [array for net in nets for array in storage.parameters(net).values()]


class Watch(Callback):
    """Records the weights before and after each step, the gradients, and the measurements."""

    def __init__(self):
        self.before, self.steps = None, []

    def on_begin(self, gan):
        self.before = {net: storage.parameters(getattr(gan, net)) for net in ('netG', 'netD')}
        monitor.of(gan).begin(gan)

    def on_step(self, gan):
        after = {net: storage.parameters(getattr(gan, net)) for net in ('netG', 'netD')}
        gradients = {net: {place: parameter.grad().asnumpy()
                           for place, parameter in storage.named(getattr(gan, net)).items()
                           if parameter.grad_req != 'null'} for net in after}
        measured = monitor.of(gan)
        self.steps.append((self.before, after, gradients, measured.record(gan), measured.arrays(gan)))
        self.before = after


@pytest.fixture(scope='module')
def steps():
    watch, gan = Watch(), trainer(lr=1e-3)
    gan.fit(loader(), steps=4, callbacks=[watch])
    return watch.steps


def norm(arrays):
    return np.sqrt(sum(np.square(array.astype(np.float64)).sum() for array in arrays))


@pytest.mark.parametrize('side', 'GD')
def test_gradient_norms_are_those_of_the_mean_loss(steps, side):
    for _, _, gradients, record, _ in steps:
        assert record[f'grad{side}'] == pytest.approx(norm(gradients[f'net{side}'].values()) / 8, rel=1e-5)


@pytest.mark.parametrize('side', 'GD')
def test_update_ratios_equal_the_actual_changes(steps, side):
    for before, after, gradients, record, _ in steps:
        net = f'net{side}'
        matrices = [place for place, array in gradients[net].items() if array.ndim > 1]
        change = norm(after[net][place].astype(np.float64) - before[net][place] for place in matrices)
        ratio = change / norm(after[net][place] for place in matrices)
        assert record[f'update{side}'] == pytest.approx(ratio, rel=1e-3)


def test_probabilities_and_losses(steps):
    for *_, record, arrays in steps:
        real, fake = arrays['D(x)'], arrays['D(G(z))']
        assert real.shape == fake.shape == (8,)
        assert record['D(x)'] == pytest.approx(real.mean(), rel=1e-5)
        assert record['errD'] == pytest.approx((-np.log(real) - np.log(1 - fake)).mean(), rel=1e-4)
        assert record['auc'] == pytest.approx(np.mean([r > f for r in real for f in fake]), rel=1e-5)


def test_histograms_are_those_of_the_first_and_the_last_layers(steps):
    _, after, gradients, _, arrays = steps[-1]
    for place in ('netG.project.dense.weight', 'netG.to_image.conv.weight', 'netD.down.0.conv.weight',
                  'netD.to_logit.dense.weight'):
        net, rest = place.split('.', 1)
        np.testing.assert_array_equal(arrays[f'weight/{place}'], after[net][rest])
        np.testing.assert_array_equal(arrays[f'gradient/{place}'], gradients[net][rest] / 8)
    assert len(arrays) == 2 + 2 * 4


def test_the_data_is_measured_once(steps):
    records = [record for *_, record, _ in steps]
    assert ['diversity_data' in record for record in records] == [True, False, False, False]
    assert ['moved' in record for record in records] == [False, True, True, True]
    expected = measures.diversity(gg.pixels.to_float(DIGITS))
    assert records[0]['diversity_data'] == pytest.approx(expected, rel=1e-5)


def test_images_change_and_differ(steps):
    records = [record for *_, record, _ in steps]
    assert all(0 < record['moved'] < 0.1 and 0 < record['diversity'] < 2 for record in records[1:])


def test_diversity_by_hand():
    images = np.zeros((3, 1, 2, 2), np.float32)
    images[1] = 1                                      # differs from the first by 1 in every pixel
    images[2, 0, 0] = 2            # differs from the first by 2 in half of the pixels, from the second by 1 in all
    assert measures.diversity(images) == pytest.approx((1 + np.sqrt(2) + 1) / 3)


@pytest.mark.parametrize('size', [2, 8])
def test_diversity_does_not_depend_on_the_image_size(size):
    images = np.stack([np.full((3, size, size), value, np.float32) for value in (-1, 1)])
    assert measures.diversity(images) == pytest.approx(2)
    assert measures.diversity(np.full((64, 3, size, size), 0.3, np.float32)) < 1e-7


def test_saturated_by_hand():
    assert measures.saturated(np.array([-1, -0.995, -0.98, 0, 0.98, 1])) == 0.5


def test_real_images_from_every_type_of_loader():
    assert measures.real_images(loader()).shape == (40, 1, 28, 28)
    assert measures.real_images([mx.nd.ones((4, 1, 28, 28))]).shape == (4, 1, 28, 28)
    assert measures.real_images([(mx.nd.ones((4, 1, 28, 28)), mx.nd.ones(4))]).shape == (4, 1, 28, 28)
    assert measures.real_images(batch for batch in loader()) is None
    assert measures.real_images([mx.nd.ones((1, 1, 28, 28))] * 100).shape == (64, 1, 28, 28)


def test_data_that_no_loader_shows_are_measured_in_the_first_record():
    class Stream:
        def __iter__(self):
            return iter(loader())

    gan, history = trainer(), History(every=2)
    gan.fit(Stream(), steps=4, callbacks=[history])
    batch = list(loader())[1].asnumpy()
    assert history.records[0]['diversity_data'] == pytest.approx(measures.diversity(batch), rel=1e-5)
    assert 'diversity_data' not in history.records[1]


def test_a_single_image_has_no_diversity():
    gan, history = trainer(), History(every=1)
    gan.fit(gg.data.batches(DIGITS[:1], batch_size=1), steps=2, callbacks=[history])
    assert all('diversity_data' not in record for record in history.records)


@pytest.mark.parametrize('average', [None, 0.9])
def test_measuring_does_not_change_the_training(average):
    class Everything(Callback):
        def on_begin(self, gan):
            monitor.of(gan).begin(gan)

        def on_step(self, gan):
            for what in ('weights', 'record', 'arrays', 'samples'):
                getattr(monitor.of(gan), what)(gan)

    watched, alone = trainer(average=average), trainer(average=average)
    watched.fit(loader(), steps=7, callbacks=[Everything()])
    alone.fit(loader(), steps=7)
    assert all(np.array_equal(a, b) for a, b in zip(weights(watched), weights(alone)))


def test_samples_are_close_to_those_with_precise_statistics():
    """With trained weights, where it matters. The reference has the statistics of 5,120 images."""
    gan = gg.GANTrainer(gg.pretrained('mnist'), gg.Discriminator(28, 1, ndf=2), ctx=mx.cpu(), seed=3)
    samples = monitor.of(gan).samples(gan)
    recalibrate(gan.netG, seed=1, batches=20, batch_size=256)
    precise = gan.netG(gan.fixed_z).asnumpy()
    assert samples.shape == precise.shape == (64, 1, 28, 28)
    assert np.sqrt(np.square(samples - precise).mean()) < 0.05
    assert np.sqrt(np.square(samples - latent.sample(gan.netG, 64, seed=8).asnumpy()).mean()) > 0.5


def test_a_record_is_measured_once_for_two_callbacks():
    gan, history, again = trainer(), History(every=2), History(every=2)
    gan.fit(loader(), steps=4, callbacks=[history, again])
    assert [a is b for a, b in zip(history.records, again.records)] == [True, True]


def test_the_loss_scale_is_divided_out_of_the_gradient():
    norms = []
    for scale in (1.0, 1024.0):
        gan, history = trainer(), History(every=1)
        gan.trainerD._amp_original_scale = scale            # as set by amp.init_trainer, which needs a GPU
        gan.fit(loader(), steps=1, callbacks=[history])
        norms.append(history.records[0]['gradD'])
    assert norms[0] == pytest.approx(1024 * norms[1], rel=1e-4)


def test_nan_is_recorded_as_none():
    gan, history = trainer(), History(every=1)
    gan.netD.to_logit.dense.bias.set_data(mx.nd.array([np.nan]))
    gan.fit(loader(), steps=1, callbacks=[history])
    assert history.records[0]['errD'] is None and history.records[0]['gradG'] is None


def test_an_optimizer_other_than_adam_has_no_update_ratio():
    gan, history = trainer(), History(every=1)
    gan.trainerG = mx.gluon.Trainer(list(storage.named(gan.netG).values()), 'sgd', kvstore=None)
    gan.fit(loader(), steps=1, callbacks=[history])
    assert 'updateG' not in history.records[0] and 'updateD' in history.records[0]


def test_networks_with_classes():
    gg.seed(0)
    netG, netD = gg.Generator(28, 1, nz=4, ngf=4, classes=3), gg.Discriminator(28, 1, ndf=4, classes=3)
    gan = gg.GANTrainer(netG, netD, ctx=mx.cpu(), average=0.9)
    labelled = [(mx.nd.random.uniform(-1, 1, (6, 1, 28, 28)), mx.nd.array([0, 1, 2] * 2))] * 3
    history = History(every=1)
    gan.fit(labelled, steps=3, callbacks=[history])
    assert history.records[-1]['diversity'] > 0 and 'diversity_data' in history.records[0]
    assert monitor.of(gan).samples(gan).shape == gan.pictures().shape == (24, 1, 28, 28)


def test_several_devices_give_the_measurements_of_one():
    records = []
    for ctx in (mx.cpu(0), [mx.cpu(0), mx.cpu(1)]):
        gg.seed(0)
        netD = gg.Discriminator(28, 1, ndf=4, norm='spectral')          # batch statistics would differ between devices
        gan, history = gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=4), netD, ctx=ctx, seed=1), History(every=1)
        gan.fit(loader(), steps=1, callbacks=[history])
        records.append(history.records[0])
    assert records[0]['gradD'] == pytest.approx(records[1]['gradD'], rel=0.2)


@pytest.mark.parametrize('loss, label, expected', [
    ('nonsaturating', 1.0, {'errD': 2 * np.log(2), 'errG': np.log(2), 'auc': 0.5, 'D(x)': 0.5, 'D(G(z))': 0.5}),
    ('minimax', 1.0, {'errD': 2 * np.log(2), 'errG': -np.log(2), 'auc': 0.5, 'D(x)': 0.5, 'D(G(z))': 0.5}),
    ('least_squares', 0.8, {'errD': 0.16, 'errG': 0.18, 'auc': 0.5, 'D(x)': 0.4, 'D(G(z))': 0.4}),
    ('wasserstein', 1.0, {'errD': 0, 'auc': 0.5}),
])
def test_equilibrium_by_hand(loss, label, expected):
    levels = {name: level for name, (_, level) in measures.equilibrium(loss, label).items()}
    assert levels == pytest.approx(expected)
