"""Paths of checkpoints, and checkpoints that are damaged, malicious or of something else."""
import pickle
import zipfile

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.support.storage import StorageError
from gluon_gan.train.checkpoint import file_of


@pytest.fixture
def gan():
    return gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu())


def test_a_run_a_name_and_a_file_refer_to_the_same_checkpoint(tmp_path):
    folder = tmp_path / 'run' / 'checkpoints'
    folder.mkdir(parents=True)
    assert file_of(tmp_path / 'run') == file_of(folder) == folder / 'last.npz'        # of a run of an older version
    assert file_of(tmp_path / 'last') == file_of(tmp_path / 'last.npz') == tmp_path / 'last.npz'
    assert file_of(tmp_path / 'last.v2') == tmp_path / 'last.v2.npz'
    for name in ('step-0000900.npz', 'step-10000000.npz', 'step-9999999.npz', 'best.npz', 'step-x.npz'):
        (folder / name).touch()
    newest = folder / 'step-10000000.npz'
    assert file_of(tmp_path / 'run') == file_of(folder) == file_of(folder / 'last') == newest
    assert file_of(folder / 'best') == folder / 'best.npz'


def test_in_a_folder_the_file_is_named_after_the_step(gan, tmp_path):
    (tmp_path / 'checkpoints').mkdir()
    gan.steps = 7
    assert gan.save(tmp_path) == gan.save(tmp_path / 'checkpoints') == tmp_path / 'checkpoints' / 'step-0000007.npz'
    assert gan.save(tmp_path / 'checkpoints' / 'last') == tmp_path / 'checkpoints' / 'last.npz'


def test_a_missing_file(tmp_path):
    with pytest.raises(StorageError, match='there is no file .*nowhere.npz'):
        gg.GANTrainer.load(tmp_path / 'nowhere')


@pytest.mark.parametrize('keep', [0, 10, 1000, -1])
def test_a_truncated_checkpoint_gives_one_line(gan, tmp_path, keep):
    path = gan.save(tmp_path / 'last')
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StorageError, match='truncated, damaged or not a file of gluon_gan') as caught:
        gg.GANTrainer.load(path)
    assert '\n' not in str(caught.value)


def test_the_error_about_a_damaged_checkpoint_names_the_one_before(gan, tmp_path):
    for gan.steps in (10, 20, 30, 40):
        gan.save(tmp_path)
    for name in ('step-0000040.npz', 'step-0000020.npz'):
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-100])
    for path, damaged, earlier in ((tmp_path, 40, 30), (tmp_path / 'step-0000020', 20, 10)):
        message = f'step-00000{damaged}.npz is truncated.*, or load the one before it: .*step-00000{earlier}.npz'
        with pytest.raises(StorageError, match=message):
            gg.GANTrainer.load(path)
    np.savez(tmp_path / 'step-0000010.npz', of=np.zeros(3), another=np.zeros(3))
    with pytest.raises(StorageError, match=r'step-0000010.npz is truncated.*: replace it with a complete copy$'):
        gg.GANTrainer.load(tmp_path / 'step-0000010')


@pytest.mark.parametrize('meta', [
    {'steps': 'many'}, {'steps': -1}, {'epoch': None}, {'trainer': {'lr': 'x'}}, {'trainer': 3},
    {'generator': {'size': 3}},
])
def test_invalid_settings(gan, tmp_path, meta):
    arrays, good = storage.read(gan.save(tmp_path / 'last'))
    storage.write(tmp_path / 'last.npz', arrays, {**good, **meta})
    with pytest.raises(StorageError, match='last.npz is damaged: no trainer can be created from its settings'):
        gg.GANTrainer.load(tmp_path / 'last')


def test_a_flipped_bit_is_detected(gan, tmp_path):
    path = gan.save(tmp_path / 'last')
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StorageError):
        gg.GANTrainer.load(path)


def test_pickles_are_not_loaded(gan, tmp_path):
    class Malicious:
        def __reduce__(self):
            return open, (str(tmp_path / 'proof'), 'w')

    (tmp_path / 'bare.npz').write_bytes(pickle.dumps(Malicious()))
    np.savez(tmp_path / 'inside.npz', meta=np.array(Malicious(), dtype=object))
    np.save(tmp_path / 'alone.npy', np.array(Malicious(), dtype=object))
    (tmp_path / 'alone.npy').rename(tmp_path / 'alone.npz')
    gan.save(tmp_path / 'beside')                        # an additional array in a valid checkpoint
    with zipfile.ZipFile(tmp_path / 'beside.npz', 'a') as archive, archive.open('netG/x.npy', 'w') as member:
        np.lib.format.write_array(member, np.array(Malicious(), dtype=object))
    for name in ('bare', 'inside', 'alone', 'beside'):
        with pytest.raises(StorageError):
            gg.GANTrainer.load(tmp_path / name)
    assert not (tmp_path / 'proof').exists()


def test_a_file_with_only_a_generator_is_not_a_checkpoint(gan, tmp_path):
    from gluon_gan import zoo
    zoo.save_generator(tmp_path / 'g.npz', gan.netG)
    with pytest.raises(StorageError, match='not a checkpoint of this version'):
        gg.GANTrainer.load(tmp_path / 'g.npz')


def test_networks_of_another_shape_are_rejected(gan, tmp_path):
    path = gan.save(tmp_path / 'last')
    message = r'do not fit a Generator: project.dense.weight has the shape \(256, 6\), not \(512, 6\)'
    with pytest.raises(StorageError, match=message):
        gg.GANTrainer.load(path, netG=gg.Generator(28, 1, nz=6, ngf=8))


def test_a_failed_save_keeps_the_previous_file(gan, tmp_path, monkeypatch):
    path = gan.save(tmp_path / 'last')
    before = path.read_bytes()

    def full_disk(*args, **kwargs):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(np.lib.format, 'write_array', full_disk)
    with pytest.raises(OSError, match='No space left'):
        gan.save(tmp_path / 'last')
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ['last.npz']
