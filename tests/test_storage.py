"""Arrays and settings in one file."""
import gluon_gan as gg
import numpy as np
import pytest
from gluon_gan import storage


def test_round_trip(tmp_path):
    arrays = {'a/b': np.arange(6, dtype=np.float16).reshape(2, 3), 'scalar': np.array(3)}
    meta = {'text': 'ü', 'number': 1.5, 'none': None}
    storage.write(tmp_path / 'new' / 'x.npz', arrays, meta)
    back, settings = storage.read(tmp_path / 'new' / 'x.npz')
    assert settings == meta and back.keys() == arrays.keys()
    for name in arrays:
        np.testing.assert_array_equal(back[name], arrays[name])
        assert back[name].dtype == arrays[name].dtype


def test_someone_elses_npz(tmp_path):
    np.savez(tmp_path / 'other.npz', x=np.zeros(3))
    with pytest.raises(storage.StorageError, match='not a file of gluon_gan'):
        storage.read(tmp_path / 'other.npz')


def test_parameters_do_not_depend_on_earlier_networks():
    one = gg.Generator(28, 1, nz=6, ngf=4)
    for _ in range(12):                             # Gluon's global names count on, and sort as conv10 < conv9
        gg.Generator(28, 1, nz=6, ngf=4)
    other = gg.Generator(28, 1, nz=6, ngf=4)
    one.initialize(), other.initialize()
    assert list(storage.parameters(one)) == list(storage.parameters(other))
    storage.set_parameters(other, storage.parameters(one))
    z = gg.draw(2, 6, seed=0)
    np.testing.assert_array_equal(one(z).asnumpy(), other(z).asnumpy())


@pytest.mark.parametrize('hybrid', [False, True])
def test_a_network_that_has_run_takes_new_parameters(hybrid):
    """Its weights lie in oneDNN's own layout by then."""
    one, other = gg.Generator(28, 1, ngf=16), gg.Generator(28, 1, ngf=16)
    z = gg.draw(4, seed=0)
    for net in (one, other):
        net.initialize()
        net.hybridize(hybrid)
        net(z).wait_to_read()
    storage.set_parameters(other, storage.parameters(one))
    np.testing.assert_allclose(other(z).asnumpy(), one(z).asnumpy(), atol=1e-6)


def test_what_does_not_fit_sets_nothing():
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
