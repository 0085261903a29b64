"""Networks that free their memory without the garbage collector."""
import copy
import gc
import pickle
import weakref

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import HybridBlock, nn

import gluon_gan as gg
from gluon_gan import data, dissect, latent, metrics, translate, viz, zoo
from gluon_gan.support import pixels
from gluon_gan.support.scopes import WeakScope, weaken

IMAGES = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1), dtype=np.uint8)


@pytest.fixture(autouse=True)
def uncollected():
    """The garbage collector is off, and has nothing to do at the beginning."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.collect()


def arrays_in_cycles():
    """The number of NDArrays that only the garbage collector can free."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return sum(isinstance(each, mx.nd.NDArray) for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def trainer(**options):
    return gg.GANTrainer(gg.Generator(28, 1, nz=8, ngf=4), gg.Discriminator(28, 1, ndf=4), **options)


def trained(**options):
    made = trainer(**options)
    made.fit(data.batches(data.ImageArray(IMAGES, 'noise'), 16), steps=2)
    return made


def sampled():
    viz.grid(gg.sample(gg.pretrained('mnist'), 8), scale=2)


def walked():
    a, b = gg.sample_z(2, seed=0).asnumpy()
    latent.walk(gg.pretrained('mnist'), latent.slerp(a, b, np.linspace(0, 1, 3)), metrics.named('lenet'))


def dissected():
    netD, inputs = gg.pretrained_discriminator('mnist'), pixels.to_float(IMAGES)
    head, _ = dissect.split(netD, dissect.last_feature_layer(netD))
    dissect.strongest_features(dissect.feature_maps(head, inputs), 4)
    metrics.discriminator(netD)(mx.nd.array(inputs))


def translated():
    netG = translate.pretrained('red-teal')
    netG.ab(mx.nd.zeros((1, netG.channels, netG.size, netG.size)))


@pytest.mark.parametrize('use', [
    sampled, walked, dissected, translated, trainer, trained, lambda: trained(feature_weight=1.0),
    lambda: trained().generator(), lambda: trainer(loss='hinge'), metrics.face_attribute_classifier,
], ids=['sample', 'walk', 'dissect', 'translate', 'trainer', 'fit', 'feature matching', 'average', 'hinge', 'faces'])
def test_no_array_waits_for_the_garbage_collector(use):
    use()                                   # what is made once for the process
    arrays_in_cycles()
    use()
    assert arrays_in_cycles() == 0


def test_memory_is_flat_over_samples():
    """Each of these calls left 1.4 MB behind."""
    def resident():
        with open('/proc/self/status') as file:
            return next(int(line.split()[1]) for line in file if line.startswith('VmRSS')) / 1024

    for _ in range(10):
        sampled()
    before = resident()
    for _ in range(40):
        sampled()
    assert resident() - before < 20


def test_a_network_ends_with_its_last_reference():
    netG = zoo.pretrained('mnist')
    layer = weakref.ref(netG.project.dense)
    gg.sample(netG, 2)
    del netG
    assert layer() is None


def test_names_continue_after_weaken():
    class Grown(HybridBlock):
        pass

    net = Grown(prefix='net_')
    with net.name_scope():
        net.first = nn.Dense(1)
    weaken(net)
    with net.name_scope():
        net.second = nn.Dense(1)
    assert [net.first.name, net.second.name] == ['net_dense0', 'net_dense1']


@pytest.mark.parametrize('duplicate', [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_have_a_scope_of_their_own(duplicate):
    net = gg.Generator(28, 1, nz=8, ngf=4)
    net.initialize()
    other = duplicate(net)
    assert isinstance(other._scope, WeakScope) and other._scope._block is other
    del net
    with other.name_scope():
        assert nn.Dense(1).name.startswith(other.name)


def test_custom_blocks_keep_the_warning_for_children_in_a_list():
    class Careless(HybridBlock):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(1)]

    with pytest.warns(UserWarning, match='unregistered container with Blocks'):
        weaken(Careless()).collect_params()
