"""Files of arrays and settings, and the parameters of networks in them."""
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage


def test_round_trip(tmp_path):
    arrays = {'a/b': np.arange(6, dtype=np.float16).reshape(2, 3), 'scalar': np.array(3)}
    meta = {'text': 'ü', 'number': 1.5, 'none': None}
    storage.write(tmp_path / 'new' / 'x.npz', arrays, meta)
    back, settings = storage.read(tmp_path / 'new' / 'x.npz')
    assert settings == meta and back.keys() == arrays.keys()
    for name in arrays:
        np.testing.assert_array_equal(back[name], arrays[name])
        assert back[name].dtype == arrays[name].dtype


def test_the_settings_can_be_read_alone(tmp_path):
    storage.write(tmp_path / 'x.npz', {'a': np.arange(3)}, {'number': 1.5})
    assert storage.read_meta(tmp_path / 'x.npz') == {'number': 1.5}
    with pytest.raises(storage.StorageError, match='there is no file'):
        storage.read_meta(tmp_path / 'y.npz')


def test_damage_is_reported_or_has_no_effect(tmp_path):
    """The file is cut off at many lengths, and one bit is flipped in every second byte."""
    path, arrays, meta = tmp_path / 'x.npz', {'a/b': np.arange(6, dtype=np.float32), 'c': np.ones(2)}, {'number': 1.5}
    storage.write(path, arrays, meta)
    good, reported = path.read_bytes(), 0
    flipped = [good[:i] + bytes([good[i] ^ 1 << i % 8]) + good[i + 1:] for i in range(0, len(good), 2)]
    for bad in [good[:length] for length in range(0, len(good), 10)] + flipped:
        path.write_bytes(bad)
        try:
            back, settings = storage.read(path)
        except storage.StorageError as error:
            reported += 1
            assert '\n' not in str(error)
        else:
            assert settings == meta and back.keys() == arrays.keys()
            assert all((back[name] == arrays[name]).all() for name in arrays)
    assert reported > 0.4 * len(good)


def test_arrays_of_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match='pickle'):
        storage.write(tmp_path / 'x.npz', {'a': np.array([print], dtype=object)}, {})
    assert not list(tmp_path.iterdir())


def test_an_npz_file_of_another_program_is_refused(tmp_path):
    np.savez(tmp_path / 'other.npz', x=np.zeros(3))
    with pytest.raises(storage.StorageError, match='not a file of gluon_gan'):
        storage.read(tmp_path / 'other.npz')


def test_parameter_names_do_not_depend_on_earlier_networks():
    one = gg.Generator(28, 1, nz=6, ngf=4)
    for _ in range(12):                             # Gluon's global counters continue, and conv10 sorts before conv9
        gg.Generator(28, 1, nz=6, ngf=4)
    other = gg.Generator(28, 1, nz=6, ngf=4)
    one.initialize(), other.initialize()
    assert list(storage.parameters(one)) == list(storage.parameters(other))
    storage.set_parameters(other, storage.parameters(one))
    z = gg.sample_z(2, 6, seed=0)
    np.testing.assert_array_equal(one(z).asnumpy(), other(z).asnumpy())


@pytest.mark.parametrize('hybrid', [False, True])
def test_parameters_can_be_set_after_a_forward_pass(hybrid):
    """By then, oneDNN has brought the weights to its own layout."""
    one, other = gg.Generator(28, 1, ngf=16), gg.Generator(28, 1, ngf=16)
    z = gg.sample_z(4, seed=0)
    for net in (one, other):
        net.initialize()
        net.hybridize(hybrid)
        net(z).wait_to_read()
    storage.set_parameters(other, storage.parameters(one))
    np.testing.assert_allclose(other(z).asnumpy(), one(z).asnumpy(), atol=1e-6)


def test_parameters_that_do_not_fit_change_nothing():
    net = gg.Discriminator(28, 1, ndf=4)
    net.initialize()
    before = storage.parameters(net)
    arrays = {name: array + 1 for name, array in before.items()}
    arrays['to_logit.dense.bias'] = np.zeros(2)
    with pytest.raises(storage.StorageError, match='to_logit.dense.bias has the shape'):
        storage.set_parameters(net, arrays)
    del arrays['to_logit.dense.bias']
    with pytest.raises(storage.StorageError, match="'to_logit.dense.bias' is in only one"):
        storage.set_parameters(net, arrays)
    for name, array in storage.parameters(net).items():
        np.testing.assert_array_equal(array, before[name])
