"""Invalid arguments of a trainer are rejected with one line that names the value."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from helpers.small_trainings import DIGITS, loader, trainer


def test_networks_of_different_sizes_are_rejected():
    message = r'netG generates images of \(1, 28, 28\) and netD expects \(1, 32, 32\): size and channels'
    with pytest.raises(ValueError, match=message):
        gg.GANTrainer(gg.Generator(28, 1, ngf=4), gg.Discriminator(32, 1, ndf=4))


@pytest.mark.parametrize('batch, message', [
    (mx.nd.zeros((4, 1, 32, 32)), r'the images of a batch must be 1 x 28 x 28, not \(1, 32, 32\)'),
    (mx.nd.zeros((4, 3, 28, 28)), 'the images of a batch must be 1 x 28 x 28'),
    (np.zeros((4, 1, 28, 28), np.float32), 'a batch must be an NDArray'),
    ([mx.nd.zeros((4, 1, 28, 28)), mx.nd.zeros(4)], 'a batch must be an NDArray .* not list'),
])
def test_invalid_batches(batch, message):
    gan = trainer()
    with pytest.raises(ValueError, match=message):
        gan.step(batch)
    assert gan.steps == 0 and not gan.mid_update


@pytest.mark.parametrize('options, message', [
    (dict(ctx='cpu'), "ctx must be an mxnet.Context, such as mx.cpu.., or a list of them, not 'cpu'"),
    (dict(seed=-1), 'seed must be an int .* not -1'),
    (dict(lr='x'), "lr must be a positive number, not 'x'"),
    (dict(lr=0), 'lr must be a positive number, not 0'),
    (dict(lr=float('nan')), 'lr must be a positive number, not nan'),
    (dict(beta1=1), 'beta1 must be from 0 up to, not including, 1, not 1'),
    (dict(average=1.0), 'average must be a decay from 0 .none. up to, not including, 1, not 1.0'),
    (dict(loss='nope'), "no loss 'nope'"),
])
def test_invalid_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(**options)


@pytest.mark.parametrize('goal, message', [
    ({}, 'training needs epochs=... or steps=...'),
    (dict(epochs=0), 'epochs must be an int of at least 1, not 0'),
    (dict(steps=-5), 'steps must be an int of at least 1, not -5'),
])
def test_invalid_goals(goal, message):
    with pytest.raises(ValueError, match=message):
        trainer().fit(loader(), **goal)


@pytest.mark.parametrize('dtype, scaled', [
    ('float64', "'float32'.$"), ('float16', "'float32'.$"), ('uint8', "'float32'. / 127.5 - 1, which is in .-1, 1.$")])
def test_batches_of_another_type_are_rejected(dtype, scaled):
    gan = trainer()
    message = rf"^the images of a batch must be float32 in \[-1, 1\], not {dtype}: pass x.astype.{scaled}"
    with pytest.raises(ValueError, match=message):
        gan.step(mx.nd.zeros((4, 1, 28, 28), dtype=dtype))
    assert gan.steps == 0 and not gan.mid_update


@pytest.mark.parametrize('change, message', [
    (lambda x: x * 127.5 + 127.5, 'have pixels from 0 to 255, .*: scale them with x / 127.5 - 1$'),
    (lambda x: (x + 1) / 2, 'have pixels from 0 to 1, .*: they are scaled to .0, 1., so scale them with 2 . x - 1$'),
    (lambda x: x / (x < 0.99), 'contain NaN or Inf, image 0 of 8 first')], ids=['0 to 255', '0 to 1', 'nan'])
def test_the_first_batch_of_another_range_is_rejected(change, message):
    gan, batch = trainer(), change(next(iter(loader())))
    for _ in range(2):
        with pytest.raises(ValueError, match=f'^the images of a batch {message}'):
            gan.fit([batch], steps=1)
    with pytest.raises(ValueError, match=message):
        gan.step(batch)
    assert gan.steps == 0 and not gan.mid_update
    gan.fit(loader(), steps=1)


def test_bright_images_train_and_floats_that_may_be_unscaled_give_one_warning(caplog):
    gan, bright = trainer(), np.maximum(DIGITS, 128)
    gan.fit(gg.data.batches(bright, 8), steps=2)
    assert not caplog.records
    gan.fit([mx.nd.random.uniform(0, 1, (8, 1, 28, 28))] * 3, steps=5)
    assert [record.getMessage()[-55:] for record in caplog.records] == [
        'if they are scaled to [0, 1], scale them with 2 * x - 1']


def test_nan_in_a_later_batch_of_a_custom_loader_is_not_trained_on():
    gan, good = trainer(), mx.nd.array(np.random.default_rng(0).uniform(-1, 1, (8, 1, 28, 28)))
    bad = good.copy()
    bad[3, 0, 5, 5] = np.nan
    with pytest.raises(ValueError, match='the images of a batch contain NaN or Inf, image 3 of 8 first'):
        gan.fit([good, good, bad], steps=3)
    assert gan.steps == 2 and not gan.mid_update


@pytest.mark.parametrize('labels, shown', [([0, 1, 2, 9], 9), ([0, 1, -1, 2], -1), ([0, 1.5, 1, 2], 1.5)])
def test_labels_that_are_no_classes_are_rejected(labels, shown):
    gan = gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=2, classes=3), gg.Discriminator(28, 1, ndf=2, classes=3),
                        ctx=mx.cpu())
    good = mx.nd.random.uniform(-1, 1, (4, 1, 28, 28))
    gan.step(good, mx.nd.array([0, 1, 2, 2]))
    message = f'labels must be classes from 0 to 2, one for each of the 4 samples, not {shown}'
    with pytest.raises(ValueError, match=message):
        gan.step(good, mx.nd.array(labels))
    assert gan.steps == 1 and not gan.mid_update
