"""The folder of the data sets, and the offline switch."""
from pathlib import Path

import pytest

from gluon_gan.data import root
from gluon_gan.support import locate


def test_the_environment_variable_is_used(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    assert root() == tmp_path


def test_the_home_folder_is_expanded(monkeypatch, tmp_path):
    (tmp_path / 'sets').mkdir()
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_DATA', '~/sets')
    assert root() == tmp_path / 'sets'


@pytest.mark.parametrize('make', [lambda path: None, lambda path: path.write_text('a file')])
def test_a_missing_folder_is_an_error_with_a_remedy(monkeypatch, tmp_path, make):
    path = tmp_path / 'nowhere'
    make(path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(path))
    with pytest.raises(NotADirectoryError, match=r'GLUON_GAN_DATA=.*nowhere is not a folder: create it'):
        root()


def test_the_datasets_folder_of_a_checkout_is_used(monkeypatch, tmp_path):
    monkeypatch.delenv('GLUON_GAN_DATA', raising=False)
    (tmp_path / 'datasets').mkdir()
    (tmp_path / 'pyproject.toml').touch()
    monkeypatch.setattr(locate, '__file__', str(tmp_path / 'gluon_gan' / 'support' / 'locate.py'))
    assert root() == tmp_path / 'datasets'


def test_an_installed_package_ignores_another_package_called_datasets(monkeypatch, tmp_path):
    monkeypatch.delenv('GLUON_GAN_DATA', raising=False)
    monkeypatch.delenv('MXNET_HOME', raising=False)
    monkeypatch.setenv('HOME', str(tmp_path / 'home'))
    (tmp_path / 'datasets').mkdir()
    monkeypatch.setattr(locate, '__file__', str(tmp_path / 'gluon_gan' / 'support' / 'locate.py'))
    assert root() == Path(tmp_path / 'home' / '.mxnet' / 'datasets')
    monkeypatch.setenv('MXNET_HOME', str(tmp_path / 'mx'))
    assert root() == tmp_path / 'mx' / 'datasets'


@pytest.mark.parametrize('value, expected', [('1', True), ('yes', True), ('0', False), ('', False)])
def test_offline(monkeypatch, value, expected):
    monkeypatch.setenv('GLUON_GAN_OFFLINE', value)
    assert locate.offline() is expected


@pytest.mark.parametrize('environment, place', [
    ({'GLUON_GAN_CACHE': '/somewhere/else', 'XDG_CACHE_HOME': '/xdg'}, '/somewhere/else'),
    ({'GLUON_GAN_CACHE': '~/mine'}, '/home/me/mine'), ({'XDG_CACHE_HOME': '/xdg'}, '/xdg/gluon_gan'),
    ({'GLUON_GAN_CACHE': '', 'XDG_CACHE_HOME': ''}, '/home/me/.cache/gluon_gan'), ({}, '/home/me/.cache/gluon_gan')])
def test_the_folder_of_the_cache(monkeypatch, environment, place):
    for name in ('GLUON_GAN_CACHE', 'XDG_CACHE_HOME'):
        monkeypatch.delenv(name, raising=False)
    for name, value in {'HOME': '/home/me', **environment}.items():
        monkeypatch.setenv(name, value)
    assert locate.cache() == Path(place)


@pytest.mark.parametrize('name', ['GLUON_GAN_CACHE', 'XDG_CACHE_HOME'])
def test_a_cache_in_the_home_folder_of_an_unknown_user(monkeypatch, name):
    monkeypatch.delenv('GLUON_GAN_CACHE', raising=False)
    monkeypatch.setenv(name, '~no-such-user/x')
    with pytest.raises(NotADirectoryError, match=f'{name}=~no-such-user/x names .*: set GLUON_GAN_CACHE to a folder'):
        locate.cache()
