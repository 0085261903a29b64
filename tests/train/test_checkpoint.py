"""Checkpoints that are damaged, foreign or malicious."""
import pickle

import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan.storage import StorageError
from gluon_gan.train.checkpoint import file_of


@pytest.fixture
def gan():
    return gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu())


def test_a_run_a_name_and_a_file_mean_the_same(tmp_path):
    (tmp_path / 'run' / 'checkpoints').mkdir(parents=True)
    assert file_of(tmp_path / 'run') == tmp_path / 'run' / 'checkpoints' / 'last.npz'
    assert file_of(tmp_path / 'last') == file_of(tmp_path / 'last.npz') == tmp_path / 'last.npz'
    assert file_of(tmp_path / 'last.v2') == tmp_path / 'last.v2.npz'


def test_a_missing_file(tmp_path):
    with pytest.raises(StorageError, match='there is no file .*nowhere.npz'):
        gg.GANTrainer.load(tmp_path / 'nowhere')


@pytest.mark.parametrize('keep', [0, 10, 1000, -1])
def test_a_truncated_checkpoint_is_one_line(gan, tmp_path, keep):
    path = gan.save(tmp_path / 'last')
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StorageError, match='truncated, damaged or not a file of gluon_gan') as caught:
        gg.GANTrainer.load(path)
    assert '\n' not in str(caught.value)


def test_a_flipped_bit_is_noticed(gan, tmp_path):
    path = gan.save(tmp_path / 'last')
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StorageError):
        gg.GANTrainer.load(path)


def test_a_pickle_is_not_opened(tmp_path):
    class Malicious:
        def __reduce__(self):
            return open, (str(tmp_path / 'proof'), 'w')

    (tmp_path / 'bare.npz').write_bytes(pickle.dumps(Malicious()))
    np.savez(tmp_path / 'inside.npz', meta=np.array(Malicious(), dtype=object))
    for name in ('bare', 'inside'):
        with pytest.raises(StorageError):
            gg.GANTrainer.load(tmp_path / name)
    assert not (tmp_path / 'proof').exists()


def test_a_generator_alone_is_no_checkpoint(gan, tmp_path):
    from gluon_gan import zoo
    zoo.save_generator(tmp_path / 'g.npz', gan.netG)
    with pytest.raises(StorageError, match='no checkpoint of this version'):
        gg.GANTrainer.load(tmp_path / 'g.npz')


def test_other_networks_are_refused(gan, tmp_path):
    path = gan.save(tmp_path / 'last')
    with pytest.raises(StorageError, match=r'do not fit a Generator: project.dense.weight has the shape \(256, 6\), not \(512, 6\)'):
        gg.GANTrainer.load(path, netG=gg.Generator(28, 1, nz=6, ngf=8))


def test_a_failed_save_leaves_the_old_one(gan, tmp_path, monkeypatch):
    path = gan.save(tmp_path / 'last')
    before = path.read_bytes()

    def full_disk(*args, **kwargs):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(np, 'savez', full_disk)
    with pytest.raises(OSError, match='No space left'):
        gan.save(tmp_path / 'last')
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ['last.npz']
