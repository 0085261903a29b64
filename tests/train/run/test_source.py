"""Networks by the name of a run, a checkpoint or shipped weights."""
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import cli
from gluon_gan.support import storage
from gluon_gan.train.run import Run
from gluon_gan.train.run.source import generator, settings

SMALL = ['--ngf', '4', '--ndf', '4', '--nz', '8', '--steps', '2']


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return tmp_path


def test_shipped_weights_and_their_recorded_settings():
    assert generator('mnist').config == gg.pretrained('mnist').config
    recorded = settings('mnist')
    assert recorded['data'] == 'mnist' and recorded['size'] == 28 and recorded['data_name'].startswith('mnist train')


def test_a_run_and_one_of_its_checkpoints():
    assert cli.main(['train', *SMALL, '--runs', 'runs', '--name', 'one']) == 0
    for source in ('runs/one', 'runs/one/checkpoints/step-0000002.npz'):
        assert generator(source).nz == 8 and settings(source)['data'] == 'mnist'


def test_a_run_takes_precedence_over_weights_of_its_name(elsewhere):
    assert cli.main(['train', *SMALL, '--runs', str(elsewhere)]) == 0
    assert generator('mnist').nz == 8 and settings('mnist')['ngf'] == 4


def test_a_source_that_does_not_exist():
    with pytest.raises(storage.StorageError):
        generator('nothing')
    assert settings('nothing') == {}


LOAD = [generator, settings, gg.GANTrainer.load, gg.CycleTrainer.load, storage.read, Run.resume]


@pytest.mark.parametrize('load', LOAD, ids=lambda load: load.__qualname__)
def test_no_path_at_all(load):
    with pytest.raises(ValueError, match='^(path|source) must be a path or a name, not None$'):
        load(None)


def test_a_training_that_starts_from_another(elsewhere):
    assert cli.main(['train', *SMALL, '--runs', 'runs', '--name', 'one']) == 0
    one = gg.GANTrainer.load('runs/one')
    options = ['--runs', 'runs', '--lr', '1e-9', '--start-from', 'runs/one']
    assert cli.main(['train', *SMALL, *options, '--name', 'two']) == 0
    two = gg.GANTrainer.load('runs/two')
    for net, first in ((two.netD, one.netD), (two.average.netG, one.average.netG)):
        weights, before = storage.parameters(net), storage.parameters(first)
        assert all(np.allclose(weights[name], before[name], atol=1e-6) for name in before if 'running' not in name)
    assert settings('runs/two')['start_from'] == 'runs/one' and two.steps == 2
    assert cli.main(['train', '--resume', 'runs/two', '--steps', '3']) == 0      # does not read the first run again


@pytest.mark.parametrize('options, message', [
    (['--ngf', '8', '--start-from', 'runs/one'],
     'its generator has --ngf 4, and that of this training has --ngf 8: add --ngf 4'),
    (['--norm', 'none', '--start-from', 'runs/one'], "its discriminator has --norm 'batch'"),
    (['--freeze-d', '1'], '--freeze-d 1 keeps the weights of another training, and there is none: add --start-from'),
    (['--start-from', 'nothing'], 'there is no run or checkpoint nothing'),
    (['--start-from', 'quilts', '--preset', 'quilts', '--data', 'synthetic_quilts'], 'quilts')])
def test_a_training_that_cannot_start_from_another(capsys, options, message):
    assert cli.main(['train', *SMALL, '--runs', 'runs', '--name', 'one']) == 0
    capsys.readouterr()
    assert cli.main(['train', *SMALL, *options, '--runs', 'runs', '--name', 'two']) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not (gg.data.root() / 'runs' / 'two').exists()
