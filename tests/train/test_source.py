"""What a person may name to get a generator from."""
import gluon_gan as gg
import pytest
from gluon_gan import cli, storage
from gluon_gan.train.source import generator, settings

SMALL = ['--ngf', '4', '--ndf', '4', '--nz', '8', '--steps', '2']


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return tmp_path


def test_shipped_weights_and_what_is_known_of_them():
    assert generator('mnist').config == gg.pretrained('mnist').config
    known = settings('mnist')
    assert known['data'] == 'mnist' and known['size'] == 28 and known['data_name'].startswith('mnist train')


def test_a_run_and_its_checkpoint():
    assert cli.main(['train', *SMALL, '--runs', 'runs', '--name', 'one']) == 0
    for source in ('runs/one', 'runs/one/checkpoints/step-0000002.npz'):
        assert generator(source).nz == 8 and settings(source)['data'] == 'mnist'


def test_a_run_goes_before_weights_of_its_name(elsewhere):
    assert cli.main(['train', *SMALL, '--runs', str(elsewhere)]) == 0
    assert generator('mnist').nz == 8 and settings('mnist')['ngf'] == 4


def test_what_is_not_there():
    with pytest.raises(storage.StorageError):
        generator('nothing')
    assert settings('nothing') == {}
