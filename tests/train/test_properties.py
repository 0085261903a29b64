"""Random arguments for the trainer, its callbacks, settings and files: a result, or a documented error in one line."""
import warnings

import mxnet as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import Checkpoint, History, LinearDecay, Samples, Schedule
from gluon_gan.train.run import Run, Settings
from helpers import small_trainings
from helpers.properties import arguments, call, examples, odd

GIVEN = object()
SHARE, BOOLS, COUNT = st.floats(0, .99), st.booleans(), st.integers(1, 3)
OPTIONS = dict(
    loss=st.sampled_from(['nonsaturating', 'hinge', 'wasserstein', 'relativistic', 'feature_matching']),
    lr=st.floats(1e-5, 1e-2),
    beta1=SHARE, average=st.sampled_from([None, .9]), ctx=st.just(mx.cpu()), seed=st.integers(0, 2 ** 40),
    lrG=st.none(), lrD=st.none(), d_steps=COUNT, g_steps=COUNT, clip=st.none(), real_label=st.floats(.5, 1),
    swap_labels=BOOLS, flip=st.floats(0, .4), noise=SHARE, feature_weight=st.none(),
    features=st.sampled_from(['means', 'pairs']), feature_layer=st.just(-1),
    diff_augment=st.sampled_from(['none', 'color', 'color,cutout']), penalty=st.sampled_from(['none', 'r1', 'dragan']),
    gamma=st.none(), penalty_every=COUNT)
STRINGS = dict(task=st.none(), preset=st.sampled_from(['mnist', 'celeba', 'cyclegan', None]), data=st.none())
SETTINGS = dict(epochs=COUNT, steps=COUNT, augment=st.just('none'), batch_size=st.just(4), lr=st.just(1e-3),
                decay=st.floats(0, 1), seed=st.integers(0, 9), ngf=st.just(2), ndf=st.just(2), save_every=COUNT,
                keep=COUNT, best=st.just('errG:max'))


@pytest.fixture(scope='module')
def networks():
    return gg.Generator(28, 1, nz=6, ngf=2), gg.Discriminator(28, 1, ndf=2, norm='none')


def test_a_trainer_is_created_or_refused_in_one_line(networks):
    @examples(40)
    @given(arguments(**OPTIONS))
    def check(options):
        trainer = call(gg.GANTrainer, *networks, **options)
        assert trainer is None or trainer.options['loss'] in gg.losses.OBJECTIVES

    check()


@examples(25)
@given(odd(), odd())
def test_a_batch_is_trained_or_refused_in_one_line(trainer, real, labels):
    before = trainer.steps
    call(trainer.step, real)
    call(trainer.step, mx.nd.zeros((4, 1, 28, 28)), labels)
    assert trainer.steps >= before and not trainer.mid_update


@pytest.fixture(scope='module')
def trainer():
    return small_trainings.trainer()


@examples(40)
@given(arguments(loader=st.just(GIVEN), epochs=st.just(1), steps=st.just(1), _most=2))
def test_a_goal_is_checked_before_the_training(trainer, options):
    options['loader'] = small_trainings.loader() if options['loader'] is GIVEN else options['loader']
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        call(trainer.fit, options.pop('loader'), **options)


@examples(60)
@given(odd(), odd(), odd(), odd())
def test_callbacks_are_checked_when_they_are_created(first, second, third, fourth):
    call(LinearDecay, first)
    call(Schedule, 'noise', first, second, third)
    call(Schedule, first, 1)
    call(History, every=first)
    call(Samples, 'nowhere', every=second, scale=third)
    call(Checkpoint, 'nowhere', every=first, keep=second, best=third, history=None)


@examples(40)
@given(arguments(**STRINGS, **SETTINGS))
def test_settings_are_checked_when_they_are_made(settings):
    made = call(Settings.make, **settings)
    assert made is None or call(Settings.from_config, made.to_config()) == made


@examples(40)
@given(st.dictionaries(st.sampled_from(['data', 'preset', 'task', 'size', 'steps', 'lr', 'decay', 'batch_size', 'x']),
                       odd(), max_size=4))
def test_any_config_is_read_or_refused(config):
    call(Settings.from_config, config)


def test_a_run_that_is_refused_leaves_nothing(elsewhere):
    @examples(8)
    @given(arguments(lr=st.just(-1.0), batch_size=st.just(10 ** 7), augment=st.just('x'), _most=1),
           st.one_of(st.none(), odd()), odd())
    def check(wrong, name, parent):
        def start():
            Run.start(Settings.make('mnist', steps=1, ngf=2, ndf=2, nz=2, **wrong), parent, name, mx.cpu())
        call(start, folder=elsewhere, documented=(ValueError, OSError, storage.StorageError))

    check()
    assert sorted(path.name for path in elsewhere.iterdir()) == ['data']


def test_a_name_is_checked_before_the_folder_is_made(elsewhere):
    @examples(6)
    @given(odd().filter(lambda name: name is not None and not (isinstance(name, str) and name.strip(' -1').isalpha())))
    def check(name):
        settings = Settings.make('mnist', steps=1, ngf=2, ndf=2, nz=2, average=0.0)
        if call(Run.start, settings, elsewhere / 'runs', name, mx.cpu(), folder=elsewhere) is not None:
            assert (elsewhere / 'runs' / str(name)).parent == elsewhere / 'runs'

    check()


@examples(40)
@given(st.one_of(odd(), st.binary(max_size=60)), st.integers(0, 9999), st.binary(min_size=1, max_size=4))
def test_a_checkpoint_is_loaded_or_refused_in_one_line(tmp_path_factory, saved, content, position, noise):
    path = tmp_path_factory.mktemp('files') / 'damaged.npz'
    whole = bytearray(saved.read_bytes())
    at = position * len(whole) // 10_000
    whole[at:at + len(noise)] = noise
    path.write_bytes(bytes(whole[:at]) if position % 3 == 0 else bytes(whole))
    loaded = call(gg.GANTrainer.load, path, mx.cpu(), documented=(storage.StorageError,))
    assert loaded is None or loaded.steps == 0
    if isinstance(content, bytes):
        path.write_bytes(content)
        assert call(gg.GANTrainer.load, path, mx.cpu(), documented=(storage.StorageError,)) is None
    else:
        call(gg.GANTrainer.load, content, mx.cpu(), documented=(storage.StorageError, ValueError))


@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    return small_trainings.trainer().save(tmp_path_factory.mktemp('saved') / 'one')


def test_the_examples_include_valid_ones(networks, trainer):
    loss = np.array([0.0])
    for _ in range(2):
        loss = trainer.step(mx.nd.zeros((4, 1, 28, 28)))[0].asnumpy()
    assert np.isfinite(loss).all()
