"""Weights of GluonCV's networks: downloaded, verified and loaded.

The weights are random and the downloads are simulated, because the tests run offline.
"""
import hashlib
import zipfile

import pytest
from gluoncv.model_zoo import model_store

from gluon_gan.data import DownloadError
from gluon_gan.zoo import backbones

REMEDY = 'pass it to the test'


@pytest.fixture
def store(resnet_weights, tmp_path, monkeypatch):
    """A model store with an archive of random weights, at an address where no server listens."""
    home, sha1 = tmp_path / 'home', hashlib.sha1(resnet_weights.read_bytes()).hexdigest()
    name = f'resnet18_v1b-{sha1[:8]}'
    archive = tmp_path / f'{name}.zip'
    with zipfile.ZipFile(archive, 'w') as opened:
        opened.write(resnet_weights, f'{name}.params')
    monkeypatch.setenv('MXNET_HOME', str(home))
    monkeypatch.delenv('GLUON_GAN_OFFLINE', raising=False)
    monkeypatch.setitem(model_store._model_sha1, 'resnet18_v1b', sha1)
    monkeypatch.setattr(backbones, 'STORES', (f'http://127.0.0.1:9/{tmp_path.name}/',))
    return archive, home / 'models' / f'{name}.params'


def serve(monkeypatch, content):
    """Replace the transfer of `download` by one that writes `content`; the rest of `download` is unchanged."""
    def transfer(url, part, *args):
        part.write_bytes(content)
    monkeypatch.setattr('gluon_gan.support.fetch._transfer', transfer)


def test_weights_are_downloaded_once_and_verified(store, resnet_weights, monkeypatch):
    archive, path = store
    serve(monkeypatch, archive.read_bytes())
    assert backbones.fetch('resnet18_v1b', REMEDY) == path and path.read_bytes() == resnet_weights.read_bytes()
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    serve(monkeypatch, b'not requested')
    assert backbones.fetch('resnet18_v1b', REMEDY) == path
    path.write_bytes(b'damaged')
    with pytest.raises(DownloadError, match='exists, but its sha1 is not .*: delete it'):
        backbones.fetch('resnet18_v1b', REMEDY)


def test_a_wrong_archive_is_refused(store, monkeypatch):
    archive, path = store
    inner = path.name
    for content in ('another', None):
        with zipfile.ZipFile(archive, 'w') as opened:
            opened.writestr(inner if content else 'else.params', content or '')
        serve(monkeypatch, archive.read_bytes())
        with pytest.raises(DownloadError, match='its checksum is not .*unzip it and pass it to the test'):
            backbones.fetch('resnet18_v1b', REMEDY)
    serve(monkeypatch, b'<html>not a zip')
    with pytest.raises(DownloadError, match='its checksum is not'):
        backbones.fetch('resnet18_v1b', REMEDY)
    assert not list(path.parent.iterdir())


def test_the_errors_without_a_network_say_what_to_do(store, monkeypatch):
    message = r'Connection refused.*: get http.*resnet18_v1b-.*\.zip by hand, unzip it and pass it to the test'
    with pytest.raises(DownloadError, match=message) as caught:
        backbones.fetch('resnet18_v1b', REMEDY)
    assert '\n' not in str(caught.value)
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    with pytest.raises(DownloadError, match='GLUON_GAN_OFFLINE forbids'):
        backbones.fetch('resnet18_v1b', REMEDY)
