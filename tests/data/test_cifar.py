"""CIFAR-10 in its binary layout."""
import io
import tarfile

import numpy as np
import pytest

from gluon_gan.data import cifar, cifar10, root
from gluon_gan.data.idx import CorruptFile


def records(count, label):
    planes = np.broadcast_to(np.array([10, 20, 30], np.uint8)[:, None], (3, 1024)).reshape(-1)
    return np.concatenate([np.concatenate([[label], planes]) for _ in range(count)]).astype(np.uint8).tobytes()


CONTENT = {f'data_batch_{number}.bin': records(2, number) for number in range(1, 6)}
CONTENT['test_batch.bin'] = records(3, 9)


@pytest.fixture(params=['folder', 'tar'])
def place(request, monkeypatch, tmp_path):
    folder = tmp_path / 'cifar10'
    (folder / cifar.FOLDER).mkdir(parents=True)
    for name, content in CONTENT.items():
        (folder / cifar.FOLDER / name).write_bytes(content)
    if request.param == 'tar':
        with tarfile.open(folder / 'cifar-10-binary.tar.gz', 'w:gz') as archive:
            for name, content in CONTENT.items():
                info = tarfile.TarInfo(f'{cifar.FOLDER}/{name}')
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        for name in CONTENT:
            (folder / cifar.FOLDER / name).unlink()
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    return folder


def test_images_and_labels(place):
    train, test = cifar10(), cifar10('test')
    assert train.shape == (10, 32, 32, 3) and train.labels.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert train.images[3, 4, 5].tolist() == [10, 20, 30] and train.classes[9] == 'truck'
    assert len(test) == 3 and '3 of 10,000' in test.name and not test.stand_in


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
    if cifar.find(root() / 'cifar10') is None:
        pytest.skip('no CIFAR-10 under the data root')
    train, test = cifar10(), cifar10('test')
    assert train.images[0].reshape(-1, 3)[:2].tolist() == [[59, 62, 63], [43, 46, 45]]
    assert train.labels[:4].tolist() == [6, 9, 9, 4]
    assert test.labels[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
