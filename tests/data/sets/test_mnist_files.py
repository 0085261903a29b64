"""The layouts in which people have MNIST, Fashion-MNIST and KMNIST, and which of the three they are."""
import gzip
import hashlib
import logging
import os
import struct

import numpy as np
import pytest

from gluon_gan import catalogue
from gluon_gan.data import CorruptFile, DownloadError, fashion_mnist, kmnist, mnist
from gluon_gan.data.sets import mnist_files

COUNT = 20
LABELS = bytes(i % 10 for i in range(COUNT))
TITLES = {'mnist': 'digits', 'fashion_mnist': 'pictures', 'kmnist': 'characters'}


@pytest.fixture(autouse=True)
def empty_root(monkeypatch, tmp_path):
    """An empty data root without a network, and sets of 20 images a split whose checksums are known."""
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    monkeypatch.setattr(mnist_files, 'COUNT', {'train': COUNT, 'test': COUNT})
    for name in TITLES:
        known = mnist_files.KNOWN[name]._replace(images=[hashlib.md5(idx(pixels(name))).hexdigest()])
        monkeypatch.setitem(mnist_files.KNOWN, name, known)
    return tmp_path


def pixels(name):
    level = 1 + list(TITLES).index(name)
    return np.full((COUNT, 28, 28), level, np.uint8) * np.arange(COUNT, dtype=np.uint8)[:, None, None]


def idx(array):
    return struct.pack(f'>{1 + array.ndim}I', 0x800 + array.ndim, *array.shape) + array.tobytes()


LABEL_FILE = struct.pack('>II', 0x801, COUNT) + LABELS


def write(folder, name='mnist', images='{}-images-idx3-ubyte.gz', labels='{}-labels-idx1-ubyte.gz'):
    """Write both splits of a set under some names."""
    for split in ('train', 't10k'):
        for path, content in ((images, idx(pixels(name))), (labels, LABEL_FILE)):
            path = folder / path.format(split)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(content) if path.suffix == '.gz' else content)


def write_keras(path, name='mnist'):
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = np.frombuffer(LABELS, np.uint8)
    np.savez(path, x_train=pixels(name), y_train=labels, x_test=pixels(name), y_test=labels)


PLAIN = dict(images='{}-images-idx3-ubyte', labels='{}-labels-idx1-ubyte')
DOTTED = dict(images='{}-images.idx3-ubyte', labels='{}-labels.idx1-ubyte')
NESTED = dict(images='{0}-images-idx3-ubyte/{0}-images-idx3-ubyte',
              labels='{0}-labels-idx1-ubyte/{0}-labels-idx1-ubyte')


@pytest.mark.parametrize('folder, names', [
    ('mnist', {}), ('mnist', PLAIN), ('MNIST', PLAIN), ('MNIST/raw', PLAIN), ('mnist/MNIST/raw', PLAIN),
    ('mnist', DOTTED), ('mnist', NESTED), ('Mnist/archive', NESTED)])
def test_layouts_of_mnist(empty_root, folder, names, caplog):
    write(empty_root / folder, **names)
    for split in ('train', 'test'):
        images = mnist(split)
        assert images.name == f'mnist {split} (20 digits, IDX)' and not images.stand_in
        assert (images.images[..., 0] == pixels('mnist')).all() and bytes(images.labels.astype(np.uint8)) == LABELS
    assert not caplog.records
    _, what, real = catalogue.status()[0]
    assert real and what.startswith('mnist train (20 digits, IDX), mnist test (20 digits, IDX) in ')
    assert str(empty_root / folder) in what


@pytest.mark.parametrize('path', ['mnist.npz', 'mnist/mnist.npz', 'MNIST/mnist.npz'])
def test_the_archive_of_keras(empty_root, path):
    write_keras(empty_root / path)
    assert mnist('test').name == 'mnist test (20 digits, npz)' and (mnist('train').images[3] == 3).all()
    assert mnist('test', size=32).shape == (20, 32, 32, 1)
    _, what, real = catalogue.status()[0]
    assert real and what.endswith(f'in {empty_root / path}')


def test_the_folder_of_the_set_has_precedence(empty_root):
    write(empty_root / 'MNIST/raw', **PLAIN)
    folder = empty_root / 'mnist'
    folder.mkdir()
    (folder / 'train-images-idx3-ubyte').write_bytes(idx(pixels('mnist')[:3]))
    (folder / 'train-labels-idx1-ubyte').write_bytes(struct.pack('>II', 0x801, 3) + bytes(3))
    assert [len(mnist(split)) for split in ('train', 'test')] == [3, 20]


@pytest.mark.parametrize('name, load, folder', [
    ('fashion_mnist', fashion_mnist, 'fashion_mnist'), ('fashion_mnist', fashion_mnist, 'FashionMNIST/raw'),
    ('fashion_mnist', fashion_mnist, 'fashion-mnist'), ('kmnist', kmnist, 'KMNIST/raw'), ('kmnist', kmnist, 'kmnist')])
def test_the_other_sets(empty_root, name, load, folder):
    write(empty_root / folder, name, **PLAIN)
    images = load('test')
    assert images.name == f'{name} test (20 {TITLES[name]}, IDX)' and len(images.classes) == 10
    assert catalogue.load(name, size=32).size == 32 and mnist().stand_in
    what, real = {row[0]: row[1:] for row in catalogue.status()}[name]
    assert real and str(empty_root / folder) in what


def test_the_archives_of_kmnist(empty_root):
    (empty_root / 'kmnist').mkdir()
    for split in ('train', 'test'):
        np.savez(empty_root / f'kmnist/kmnist-{split}-imgs.npz', pixels('kmnist'))
        np.savez(empty_root / f'kmnist/kmnist-{split}-labels.npz', np.frombuffer(LABELS, np.uint8))
    assert kmnist('test').name == 'kmnist test (20 characters, npz)'


def test_fashion_mnist_in_the_folder_of_mnist_is_named_rightly(empty_root, caplog):
    write(empty_root / 'mnist', 'fashion_mnist')
    assert mnist().name == 'fashion_mnist train (20 pictures, IDX)' and mnist().classes[0] == 'T-shirt'
    line = caplog.records[0].getMessage()
    assert 'holds Fashion-MNIST, by its checksum: load it as fashion_mnist, and put MNIST into' in line
    assert fashion_mnist().name == mnist().name, 'it is found where it is'
    rows = {row[0]: row[1:] for row in catalogue.status()}
    assert rows['mnist'][1] is None and 'holds Fashion-MNIST' in rows['mnist'][0] and rows['fashion_mnist'][1]
    write(empty_root / 'MNIST/raw', **PLAIN)
    caplog.clear()
    assert mnist().name == 'mnist train (20 digits, IDX)' and not caplog.records, 'the real set is preferred'


def test_an_unknown_set_of_the_size_of_mnist_is_named_so(empty_root, monkeypatch):
    write(empty_root / 'mnist')
    monkeypatch.setitem(mnist_files.KNOWN, 'mnist', mnist_files.KNOWN['mnist']._replace(images=()))
    assert mnist().name == 'mnist train (20 digits in the format of MNIST, of an unknown checksum, IDX)'


def test_the_folder_of_another_set_below_is_not_taken(empty_root):
    write(empty_root / 'mnist/FashionMNIST/raw', 'fashion_mnist', **PLAIN)
    assert mnist().stand_in


@pytest.mark.parametrize('path, reason', [
    ('mnist/mnist_train.csv', 'another format'), ('MNIST/processed/training.pt', 'a pickle can run code'),
    ('mnist/archive.zip', 'unpack it'), ('mnist/images.ubyte.old', 'not a name that is read'),
    ('train-images-idx3-ubyte.gz', 'not in the folder of a set'), ('mnist.pkl.gz', 'a pickle can run code')])
def test_files_that_are_not_read_are_named_with_the_stand_in(empty_root, caplog, path, reason):
    (empty_root / path).parent.mkdir(exist_ok=True, parents=True)
    (empty_root / path).write_bytes(b'something')
    with caplog.at_level(logging.WARNING, logger='gluon_gan'):
        assert mnist().stand_in
    line, = (record.getMessage() for record in caplog.records)
    assert str(empty_root / path) in line and reason in line and '\n' not in line
    _, what, real = catalogue.status()[0]
    assert real is False and str(empty_root / path) in what and 'no files' not in what


def test_a_pointer_of_git_lfs_is_named(empty_root):
    write(empty_root / 'mnist')
    (empty_root / 'mnist/train-images-idx3-ubyte.gz').write_text('version https://git-lfs.github.com/spec/v1\noid x\n')
    with pytest.raises(CorruptFile, match='is a pointer of Git LFS, not the file itself: run git lfs pull'):
        mnist()


@pytest.mark.parametrize('arrays, message', [
    ({'x_test': np.zeros((3, 28, 28), np.uint8)}, 'holds no x_train and no arr_0'),
    ({'x_train': np.zeros((3, 28, 28), np.float32), 'y_train': np.zeros(3, np.uint8)}, '3-dimensional float32'),
    ({'x_train': np.array([{}]), 'y_train': np.zeros(1, np.uint8)}, 'holds no x_train')])
def test_corrupt_archives(empty_root, arrays, message):
    np.savez(empty_root / 'mnist.npz', **arrays)
    with pytest.raises(CorruptFile, match=message):
        mnist()
    (empty_root / 'mnist.npz').write_bytes(b'PK\x03\x04')
    with pytest.raises(CorruptFile, match='mnist.npz holds no x_train'):
        mnist()


@pytest.mark.parametrize('load, title', [(fashion_mnist, 'Fashion-MNIST'), (kmnist, 'KMNIST')])
def test_missing_sets_have_no_stand_in(empty_root, monkeypatch, load, title):
    with pytest.raises(FileNotFoundError, match=f'no {title} train in .*: go online, or put its files there'):
        load()
    with pytest.raises(ValueError, match=f'28 is the size of {title}'):
        load(size=64)
    monkeypatch.delenv('GLUON_GAN_OFFLINE')
    monkeypatch.setattr(mnist_files.fetch, 'reachable', lambda urls: [])
    with pytest.raises(DownloadError, match=f'no mirror of {title} answered'):
        load()


def test_the_checksums_are_complete():
    for known in mnist_files.KNOWN.values():
        assert list(known.files) == mnist_files.NAMES
        assert {len(checksum) for _, checksum in known.files.values()} == {32 if known.kind == 'md5' else 64}


@pytest.mark.realdata
@pytest.mark.skipif('GLUON_GAN_DATA' not in os.environ, reason='GLUON_GAN_DATA is unset')
def test_real_mnist_is_recognised(monkeypatch):
    monkeypatch.undo()
    for split in ('train', 'test'):
        images, files, problem = mnist_files.examine('mnist', split)
        assert files and not problem and mnist_files._identity(images.images[..., 0]) == 'mnist'
