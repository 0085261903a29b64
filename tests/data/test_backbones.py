"""Weights of GluonCV's networks: downloaded from a store of our own, checked, read. They are drawn at random: no real ones can be had without a network."""
import hashlib
import zipfile

import pytest
from gluon_gan.data import DownloadError, backbones
from gluoncv.model_zoo import model_store

BY_HAND = 'give it to the test'


@pytest.fixture
def store(weights, tmp_path, monkeypatch):
    """A model store of our own, whose addresses lead to files of this machine."""
    home, sha1 = tmp_path / 'home', hashlib.sha1(weights.read_bytes()).hexdigest()
    name = f'resnet18_v1b-{sha1[:8]}'
    archive = tmp_path / f'{name}.zip'
    with zipfile.ZipFile(archive, 'w') as opened:
        opened.write(weights, f'{name}.params')
    monkeypatch.setenv('MXNET_HOME', str(home))
    monkeypatch.delenv('GLUON_GAN_OFFLINE', raising=False)
    monkeypatch.setitem(model_store._model_sha1, 'resnet18_v1b', sha1)
    monkeypatch.setattr(backbones, 'STORES', (f'http://127.0.0.1:9/{tmp_path.name}/',))
    return archive, home / 'models' / f'{name}.params'


def serve(monkeypatch, content):
    """Let the transfer bring `content`, and nothing else of `download` be different."""
    def transfer(url, part, *args):
        part.write_bytes(content)
    monkeypatch.setattr('gluon_gan.data.fetch._transfer', transfer)


def test_weights_are_downloaded_once_and_checked(store, weights, monkeypatch):
    archive, path = store
    serve(monkeypatch, archive.read_bytes())
    assert backbones.fetch('resnet18_v1b', BY_HAND) == path and path.read_bytes() == weights.read_bytes()
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    serve(monkeypatch, b'not asked for')
    assert backbones.fetch('resnet18_v1b', BY_HAND) == path
    path.write_bytes(b'damaged')
    with pytest.raises(DownloadError, match='is there, but its sha1 is not .*: delete it'):
        backbones.fetch('resnet18_v1b', BY_HAND)


def test_a_wrong_archive_is_refused(store, monkeypatch):
    archive, path = store
    inner = path.name
    for content in ('another', None):
        with zipfile.ZipFile(archive, 'w') as opened:
            opened.writestr(inner if content else 'else.params', content or '')
        serve(monkeypatch, archive.read_bytes())
        with pytest.raises(DownloadError, match='its checksum is not .*unzip it and give it to the test'):
            backbones.fetch('resnet18_v1b', BY_HAND)
    serve(monkeypatch, b'<html>no zip')
    with pytest.raises(DownloadError, match='its checksum is not'):
        backbones.fetch('resnet18_v1b', BY_HAND)
    assert not list(path.parent.iterdir())


def test_a_dead_host_and_no_network(store, monkeypatch):
    said = r'Connection refused.*: get http.*resnet18_v1b-.*\.zip by hand, unzip it and give it to the test'
    with pytest.raises(DownloadError, match=said) as caught:
        backbones.fetch('resnet18_v1b', BY_HAND)
    assert '\n' not in str(caught.value)
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    with pytest.raises(DownloadError, match='GLUON_GAN_OFFLINE forbids'):
        backbones.fetch('resnet18_v1b', BY_HAND)
