"""Random arguments for the tests named ``*_properties.py``: valid ones, of which some are replaced by odd values.

A call may succeed or raise one of the documented errors, whose message is one line; then nothing may be left on disk.
The examples are the same in every run, and the number of them is bounded, so that CI is repeatable.
"""
import os
from pathlib import Path

import mxnet as mx
import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get('GLUON_GAN_EXAMPLES', 1))       # a multiple, for a longer search
DTYPES = ('uint8', 'int64', 'float32', 'float64', 'bool', 'object', 'complex64', 'U3')


def examples(count):
    """The decorator of a property test with this number of examples."""
    return settings(max_examples=count * EXAMPLES, derandomize=True, deadline=None, database=None,
                    suppress_health_check=list(HealthCheck))


@st.composite
def arrays(choose, dtypes=DTYPES):
    """Small arrays of any type and shape; floats may contain NaN and Inf."""
    shape = choose(st.lists(st.integers(0, 4), max_size=5))
    dtype = choose(st.sampled_from(dtypes))
    rng = np.random.default_rng(choose(st.integers(0, 99)))
    array = rng.integers(0, 4, shape).astype(dtype)
    if np.dtype(dtype).kind == 'f' and array.size and choose(st.booleans()):
        array.flat[0] = choose(st.sampled_from([np.nan, np.inf, -np.inf, 1e30]))
    return array


def odd():
    """Values that are wrong for most arguments. Integers are small, since a large count would be a valid one."""
    words = ['', ' ', 'none', 'mnist', 'a/b', '../x', '\0', 'é', '-1', '1', 'nan', 'cpu']
    plain = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.just(2 ** 70), st.just(-2 ** 70),
                      st.floats(-2, 2), st.sampled_from([np.nan, np.inf, -np.inf, 1e300, 1e-300]),
                      st.sampled_from(words), st.binary(max_size=3),
                      st.sampled_from([np.int64(2), np.float32(.5), np.bool_(True), 1 + 2j, Path('nowhere'), object(),
                                       len, int, ..., slice(2)]))
    return st.one_of(plain, st.lists(plain, max_size=3), st.tuples(plain, plain),
                     st.dictionaries(st.sampled_from(['a', 'b', 'epoch']), plain, max_size=2), arrays(),
                     arrays(['float32', 'uint8']).map(as_ndarray))


def as_ndarray(array):
    """The same array of MXNet; MXNet 1.9.1 has none without values or without dimensions."""
    return mx.nd.array(array) if array.size and array.ndim else array


@st.composite
def arguments(choose, _odd=None, _most=2, **valid):
    """A dict of arguments: each from its strategy, and up to ``_most`` of them replaced by odd values."""
    chosen = {name: choose(strategy) for name, strategy in valid.items()}
    for name in choose(st.lists(st.sampled_from(sorted(valid)), max_size=min(_most, len(valid)), unique=True)):
        chosen[name] = choose(_odd or odd())
    return chosen


def call(function, *args, documented=(ValueError,), folder=None, **options):
    """Call a function; its result, or None if it raised a documented error.

    Fails for any other error, for a message that is empty or has several lines, and if an error leaves something new
    in ``folder``.
    """
    before = listing(folder)
    try:
        return function(*args, **options)
    except documented as error:
        lines = str(error).splitlines()
        assert len(lines) == 1 and lines[0].strip(), f'not one line: {error!r}'
        assert listing(folder) == before, f'{error!r} left {set(listing(folder)) ^ set(before)}'
        return None


def listing(folder):
    """The names of all files and folders below a folder.

    Lock files, which are empty, and the lists of unusable images, which an error names, do not count.
    """
    if not folder:
        return []
    return sorted(str(path) for path in Path(folder).rglob('*') if path.name != '.lock' and path.suffix != '.txt')
