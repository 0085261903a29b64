"""Networks by the name of a run, a checkpoint or shipped weights."""
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
