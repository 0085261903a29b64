"""CIFAR-10 in its binary and in its Python layout."""
import io
import os
import pickle
import tarfile

import numpy as np
import pytest

from gluon_gan.catalogue import status
from gluon_gan.data import cifar10
from gluon_gan.data.idx import CorruptFile
from gluon_gan.data.sets import cifar


def records(count, label):
    planes = np.broadcast_to(np.array([10, 20, 30], np.uint8)[:, None], (3, 1024)).reshape(-1)
    return np.concatenate([np.concatenate([[label], planes]) for _ in range(count)]).astype(np.uint8).tobytes()


CONTENT = {f'data_batch_{number}.bin': records(2, number) for number in range(1, 6)}
CONTENT['test_batch.bin'] = records(3, 9)


@pytest.fixture(params=['folder', 'tar'])
def place(request, monkeypatch, tmp_path):
    folder = tmp_path / 'cifar10'
    (folder / cifar.FOLDERS[0]).mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / cifar.FOLDERS[0] / name).write_bytes(content)
    if request.param == 'tar':
        write_tar(folder / 'cifar-10-binary.tar.gz', {f'{cifar.FOLDERS[0]}/{name}': CONTENT[name] for name in CONTENT})
        for name in CONTENT:
            (folder / cifar.FOLDERS[0] / name).unlink()
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    return folder


def test_images_and_labels(place):
    train, test = cifar10(), cifar10('test')
    assert train.shape == (10, 32, 32, 3) and train.labels.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert train.images[3, 4, 5].tolist() == [10, 20, 30] and train.classes[9] == 'truck'
    assert len(test) == 3 and '3 of 10,000' in test.name and not test.stand_in


def batch(count, label, key=bytes):
    """A batch of the Python archive; `key` makes the keys, which Python 2 wrote as bytes."""
    content = {'batch_label': 'training batch', 'labels': [label] * count, 'filenames': ['a.png'] * count,
               'data': np.frombuffer(records(count, label), np.uint8).reshape(count, -1)[:, 1:]}
    return pickle.dumps({key(name, 'ascii') if key is bytes else name: part for name, part in content.items()}, 2)


def write_tar(path, members):
    with tarfile.open(path, 'w:gz') as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


PYTHON = {f'data_batch_{number}': batch(2, number) for number in range(1, 6)} | {'test_batch': batch(3, 9, str)}


@pytest.mark.parametrize('folder', [
    'cifar10/cifar-10-batches-py', 'cifar10', 'CIFAR-10', 'cifar-10-batches-py', 'cifar-10-python/cifar-10-batches-py',
    'cifar10/cifar-10-python/cifar-10-batches-py', 'cifar-10-batches-py-target/cifar-10-batches-py'])
def test_the_unpacked_python_archive(monkeypatch, tmp_path, folder):
    (tmp_path / folder).mkdir(parents=True)
    for name, content in PYTHON.items():
        (tmp_path / folder / name).write_bytes(content)
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    check_python()
    what, real = {row[0]: row[1:] for row in status()}['cifar10']
    assert real and 'cifar' in what.lower()


@pytest.mark.parametrize('path', ['cifar10/cifar-10-python.tar.gz', 'cifar-10-python.tar.gz',
                                  'cifar-10-batches-py.tar.gz'])
@pytest.mark.parametrize('prefix', ['', './'])
def test_the_python_archive(monkeypatch, tmp_path, path, prefix):
    (tmp_path / 'cifar10').mkdir()
    write_tar(tmp_path / path, {f'{prefix}cifar-10-batches-py/{name}': content for name, content in PYTHON.items()})
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    check_python()


def check_python():
    train, test = cifar10(download=False), cifar10('test')
    assert train.labels.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5] and test.labels.tolist() == [9, 9, 9]
    assert train.images[3, 4, 5].tolist() == [10, 20, 30] and test.shape == (3, 32, 32, 3)
    assert train.name == 'cifar10 train (10 of 50,000 pictures)'


class Attack:
    def __reduce__(self):
        return os.mkdir, (os.environ['GLUON_GAN_DATA'] + '/made',)


@pytest.mark.parametrize('content, message', [
    (lambda: pickle.dumps(Attack(), 2), 'which asks for posix.mkdir, and only arrays, text and numbers are read'),
    (lambda: batch(2, 1)[:-40], 'which is damaged'),
    (lambda: pickle.dumps({'data': [], 'labels': []}), 'holds no images of 3,072 bytes as data'),
    (lambda: pickle.dumps([1]), 'holds no images of 3,072 bytes as data'),
    (lambda: batch(2, 1).replace(b'K\x01K\x01e', b'K\x01NNe'), 'without one label for each of its 2 images')])
def test_python_batches_that_are_no_data(monkeypatch, tmp_path, content, message):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    (tmp_path / 'cifar10').mkdir()
    (tmp_path / 'cifar10/test_batch').write_bytes(content())
    with pytest.raises(CorruptFile, match=message) as caught:
        cifar10('test')
    assert '\n' not in str(caught.value) and 'get it again' in str(caught.value)
    assert not (tmp_path / 'made').exists(), 'the pickle has run code'


def test_files_that_are_not_read_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    (tmp_path / 'cifar10').mkdir()
    (tmp_path / 'cifar10/train.7z').write_bytes(b'7z')
    with pytest.raises(FileNotFoundError, match=r'not read: .*train.7z \(unpack it\)'):
        cifar10(download=False)
    what, real = {row[0]: row[1:] for row in status()}['cifar10']
    assert not real and 'train.7z (unpack it)' in what


def test_truncated_and_missing_files(monkeypatch, tmp_path):
    (tmp_path / 'cifar10').mkdir()
    (tmp_path / 'cifar10/test_batch.bin').write_bytes(CONTENT['test_batch.bin'][:-1])
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    with pytest.raises(CorruptFile, match='9,218 bytes in test_batch.bin, which is not a whole number of images'):
        cifar10('test')
    with pytest.raises(CorruptFile, match='holds no data_batch_1.bin'):
        cifar10()
    (tmp_path / 'cifar10/test_batch.bin').write_bytes(records(1, 10))
    with pytest.raises(CorruptFile, match='holds the label 10'):
        cifar10('test')


def test_a_corrupt_archive(monkeypatch, tmp_path):
    (tmp_path / 'cifar10').mkdir()
    (tmp_path / 'cifar10/cifar-10-binary.tar.gz').write_bytes(b'<html>not found</html>')
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    with pytest.raises(CorruptFile, match='cannot be read'):
        cifar10()


def test_bad_arguments_and_missing_files(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    with pytest.raises(ValueError, match="split='valid' must be one of"):
        cifar10('valid')
    with pytest.raises(ValueError, match='size=64 must be 32'):
        cifar10(size=64)
    with pytest.raises(FileNotFoundError, match='go online, or put cifar-10-binary.tar.gz there'):
        cifar10(download=False)
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    with pytest.raises(FileNotFoundError, match='go online'):
        cifar10()


@pytest.mark.realdata
def test_the_first_real_images():
    if cifar.available() is None:
        pytest.skip('no CIFAR-10 under the data root')
    train, test = cifar10(), cifar10('test')
    assert train.images[0].reshape(-1, 3)[:2].tolist() == [[59, 62, 63], [43, 46, 45]]
    assert train.labels[:4].tolist() == [6, 9, 9, 4]
    assert test.labels[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
