"""Random arguments for every public function of the latent space: a finite result, or ValueError in one line."""
import mxnet as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluon_gan import latent
from helpers.properties import arguments, arrays, call, examples, odd

NZ = 4


class Net:
    """A generator of 2 x 2 images: linear, with ``nz`` and optionally ``classes``."""

    nz, classes = NZ, 0

    def __init__(self, classes=0):
        self.classes = classes

    def __call__(self, z, labels=None):
        return mx.nd.tanh(z).reshape((-1, 1, 2, 2))


ONE = st.integers(0, 99).map(lambda seed: np.random.default_rng(seed).standard_normal(NZ).astype('float32'))
SEVERAL = st.tuples(st.integers(0, 99), st.integers(3, 6)).map(
    lambda pair: np.random.default_rng(pair[0]).standard_normal((pair[1], NZ)))
ALPHAS = st.one_of(st.floats(-2, 2), st.lists(st.floats(-2, 2), min_size=1, max_size=4))
COUNT, SEED = st.integers(1, 5), st.one_of(st.none(), st.integers(0, 2 ** 40), st.just([3, 4]))
SMALL_NETS = st.sampled_from([Net(), Net(3)])
BOOLS = st.booleans()
HAS = st.integers(0, 9).map(lambda seed: np.random.default_rng(seed).random(40) < .5)
FORTY = st.integers(0, 9).map(lambda seed: np.random.default_rng(seed).standard_normal((40, NZ)))
PREDICTED = st.fixed_dictionaries({'smile': st.just([True, False]), 'hat': st.lists(BOOLS, min_size=2, max_size=2)})
FUNCTIONS = {
    latent.lerp: dict(a=ONE, b=ONE, alphas=ALPHAS),
    latent.slerp: dict(a=ONE, b=ONE, alphas=ALPHAS),
    latent.path: dict(points=SEVERAL, between=COUNT, loop=BOOLS, how=st.sampled_from([latent.lerp, latent.slerp])),
    latent.sweep: dict(z=ONE, dimension=st.integers(0, NZ - 1), values=ALPHAS),
    latent.diagonal: dict(nz=COUNT, values=ALPHAS),
    latent.smoothness: dict(features=SEVERAL, loop=BOOLS),
    latent.arithmetic: dict(first=SEVERAL, minus=ONE, plus=SEVERAL),
    latent.neighbours: dict(z=ONE, n=COUNT, scale=st.floats(0, 1), seed=SEED),
    latent.turn_vector: dict(start=SEVERAL, stop=ONE),
    latent.along: dict(z=SEVERAL, vector=ONE, alphas=ALPHAS),
    latent.direction: dict(z=FORTY, has=HAS, without=st.one_of(st.none(), ONE)),
    latent.effect: dict(before=PREDICTED, after=PREDICTED, attribute=st.just('smile'),
                        others=st.one_of(st.none(), st.just(['hat']))),
    latent.sample_z: dict(n=COUNT, nz=COUNT, seed=SEED),
    latent.labels: dict(n=COUNT, classes=st.integers(2, 5),
                        wanted=st.one_of(st.none(), st.integers(0, 1), st.just([0, 0]))),
    latent.sample: dict(netG=SMALL_NETS, n=COUNT, seed=SEED, nz=st.none(), batch_size=COUNT, classes=st.none()),
    latent.generate: dict(netG=SMALL_NETS, z=SEVERAL, classes=st.none(), batch_size=COUNT, together=BOOLS),
    latent.walk: dict(netG=SMALL_NETS, z=SEVERAL, loop=BOOLS, classes=st.none(), together=BOOLS),
    latent.invert: dict(netG=st.just(Net()), images=st.just(np.zeros((1, 1, 2, 2))), restarts=st.integers(1, 2),
                        steps=st.integers(1, 2), tolerance=st.floats(0, 1), prior_weight=st.floats(0, 1),
                        seed=st.integers(0, 9)),
}
# Arguments that are callables or flags: anything is a flag, and what a callable returns is the caller's affair.
FIXED = ('netG', 'how', 'loop', 'together')


@pytest.mark.parametrize('function', FUNCTIONS, ids=lambda function: function.__name__)
def test_a_result_or_one_line(function):
    valid = FUNCTIONS[function]
    fixed = {name: strategy for name, strategy in valid.items() if name in FIXED}
    free = {name: strategy for name, strategy in valid.items() if name not in FIXED}

    @examples(30)
    @given(arguments(**free), st.fixed_dictionaries(fixed))
    def check(free, fixed):
        call(function, **free, **fixed)

    check()


@pytest.mark.parametrize('function', FUNCTIONS, ids=lambda function: function.__name__)
def test_valid_arguments_give_a_result(function):
    @examples(6)
    @given(st.fixed_dictionaries(FUNCTIONS[function]))
    def check(valid):
        try:
            result = function(**valid)
        except ValueError as error:        # a direction needs ten examples of each class
            assert 'at least 10 examples' in str(error)
            return
        for part in result if isinstance(result, tuple) else [result]:
            part = part.asnumpy() if hasattr(part, 'asnumpy') else part
            if isinstance(part, np.ndarray) and function is not latent.invert:
                assert np.isfinite(part).all() and part.size

    check()


@examples(20)
@given(st.one_of(odd(), arrays()), st.one_of(st.integers(-9, 9), odd()))
def test_a_network_is_never_given_a_wrong_shape(z, batch_size):
    shapes = []

    class Recording(Net):
        def __call__(self, z):
            shapes.append(z.shape)
            return super().__call__(z)

    call(latent.generate, Recording(), z, batch_size=batch_size)
    assert all(shape[1:] == (NZ,) for shape in shapes)
