"""Every test begins from the same seed, which a failure's report names."""
import signal

import gluon_gan as gg
import pytest

SEED = 1234

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell has what it starts with `&` ignore Ctrl-C, and whatever that starts. Tests that send one would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def seed(record_property):
    """Seed Python, NumPy and MXNet before each test."""
    record_property('seed', SEED)
    gg.seed(SEED)
    return SEED
