"""``gluon-gan data serve``: its output, and the errors that it reports in one line."""
import pickle
import socket

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli
from gluon_gan.serving import server


class Listening:
    effective_port = 4321
    ran = False

    def run(self):
        self.ran = True


@pytest.fixture
def served(monkeypatch, tmp_path):
    """The arguments of each call of create, and its result, in a list; no server is started.

    The working directory is an empty folder. There are no data sets, and the network is forbidden.
    """
    created = []

    def create(images, host, port):
        created.append((images, host, port, Listening()))
        return created[-1][3]
    monkeypatch.setattr(server, 'create', create)
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data').mkdir()
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'data'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return created


def test_a_data_set_is_served_by_its_name(served, capsys):
    assert cli.main(['data', 'serve', 'mnist', '--size', '32']) == 0
    (images, host, port, listening), = served
    assert images.shape[1:] == (32, 32, 1) and images.stand_in
    assert (host, port) == ('127.0.0.1', 8765) and listening.ran
    out = capsys.readouterr().out
    assert f'serving {images.name}, a stand-in: {len(images):,} x 32x32x1, at http://127.0.0.1:4321;' in out
    assert "loader = gg.serving.remote('http://127.0.0.1:4321')" in out


def test_an_array_is_served(served, capsys):
    np.save('a.npy', np.zeros((5, 8, 8, 3), np.uint8))
    assert cli.main(['data', 'serve', 'a.npy', '--host', '::1', '--port', '0']) == 0
    images = served[0][0]
    assert images.name == 'a' and images.shape == (5, 8, 8, 3) and isinstance(images.images, np.memmap)
    assert 'serving a: 5 x 8x8x3, at http://[::1]:4321;' in capsys.readouterr().out


def test_a_folder_of_images_is_served(served, tmp_path):
    (tmp_path / 'images').mkdir()
    for level in range(3):
        Image.new('RGB', (30, 20), (level, 0, 0)).save(tmp_path / 'images' / f'{level}.png')
    assert cli.main(['data', 'serve', 'images', '--size', '16']) == 0
    assert served[0][0].shape == (3, 16, 16, 3) and served[0][0].images[:, 3, 3, 0].tolist() == [0, 1, 2]


def write_pickle(path):
    np.save(path, np.array([{}], object), allow_pickle=True)


@pytest.mark.parametrize('write, message', [
    (lambda path: None, "there is no data set 'a.npy', and no such folder; the data sets are mnist"),
    (lambda path: path.write_bytes(b'x'), 'a.npy is not an array of images'),
    (lambda path: path.write_bytes(pickle.dumps([1])), 'a.npy is not an array of images'),
    (write_pickle, 'a.npy is not an array of images'),
    (lambda path: path.write_bytes(b''), 'a.npy is not an array of images'),
    (lambda path: np.save(path, np.zeros((3, 8, 8, 3))), 'must be (N, H, W, C) uint8'),
    (lambda path: np.save(path, np.zeros((3, 8, 8, 2), np.uint8)), '1 or 3 channels')])
def test_bad_sources_are_refused(served, tmp_path, capsys, write, message):
    write(tmp_path / 'a.npy')
    assert cli.main(['data', 'serve', 'a.npy']) == 2 and not served
    err = capsys.readouterr().err
    assert err.startswith('gluon-gan: ') and err.count('\n') == 1 and message in err


@pytest.mark.parametrize('words, message', [
    (['data'], 'COMMAND'), (['data', 'serve'], 'FOLDER'), (['data', 'serve', 'x', '--port', 'y'], '--port')])
def test_bad_command_lines_are_refused(words, message, capsys):
    with pytest.raises(SystemExit) as exit_:
        cli.main(words)
    err = capsys.readouterr().err
    assert exit_.value.code == 2 and err.count('\n') == 1 and message in err


@pytest.mark.parametrize('host, port', [
    ('127.0.0.1', None), ('127.0.0.1', 70000), ('127.0.0.1', -1), ('no.such.host.invalid', 0), ('192.0.2.1', 0),
    ('', 0)])
def test_addresses_that_cannot_be_used_are_refused(tmp_path, capsys, host, port):
    np.save(tmp_path / 'a.npy', np.zeros((5, 8, 8, 3), np.uint8))
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1] if port is None else port
        assert cli.main(['data', 'serve', str(tmp_path / 'a.npy'), f'--host={host}', f'--port={port}']) == 2
    err = capsys.readouterr().err
    assert err.count('\n') == 1 and f'cannot listen on {host}, port {port}: ' in err
    assert 'choose another --host or --port' in err


def test_an_empty_array_is_refused(tmp_path, capsys):
    np.save(tmp_path / 'a.npy', np.zeros((0, 8, 8, 3), np.uint8))
    assert cli.main(['data', 'serve', str(tmp_path / 'a.npy'), '--port', '0']) == 2
    assert 'a is empty: there is nothing to serve' in capsys.readouterr().err
