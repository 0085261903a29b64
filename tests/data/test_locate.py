from pathlib import Path

import pytest

from gluon_gan.data import locate, root


def test_environment_decides(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    assert root() == tmp_path


def test_home_is_expanded(monkeypatch, tmp_path):
    (tmp_path / 'sets').mkdir()
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_DATA', '~/sets')
    assert root() == tmp_path / 'sets'


@pytest.mark.parametrize('make', [lambda path: None, lambda path: path.write_text('a file')])
def test_no_folder_is_an_error_with_a_remedy(monkeypatch, tmp_path, make):
    path = tmp_path / 'nowhere'
    make(path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(path))
    with pytest.raises(NotADirectoryError, match=r'GLUON_GAN_DATA=.*nowhere is not a folder: make it'):
        root()


def test_checkout(monkeypatch, tmp_path):
    monkeypatch.delenv('GLUON_GAN_DATA', raising=False)
    (tmp_path / 'datasets').mkdir()
    (tmp_path / 'pyproject.toml').touch()
    monkeypatch.setattr(locate, '__file__', str(tmp_path / 'gluon_gan' / 'data' / 'locate.py'))
    assert root() == tmp_path / 'datasets'


def test_installed_package_ignores_a_neighbour_called_datasets(monkeypatch, tmp_path):
    monkeypatch.delenv('GLUON_GAN_DATA', raising=False)
    monkeypatch.delenv('MXNET_HOME', raising=False)
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    (tmp_path / 'datasets').mkdir()
    monkeypatch.setattr(locate, '__file__', str(tmp_path / 'gluon_gan' / 'data' / 'locate.py'))
    assert root() == Path(tmp_path / 'home' / '.mxnet' / 'datasets')
    monkeypatch.setenv('MXNET_HOME', str(tmp_path / 'mx'))
    assert root() == tmp_path / 'mx' / 'datasets'


@pytest.mark.parametrize('value, expected', [('1', True), ('yes', True), ('0', False), ('', False)])
def test_offline(monkeypatch, value, expected):
    monkeypatch.setenv('GLUON_GAN_OFFLINE', value)
    assert locate.offline() is expected
