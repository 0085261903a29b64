"""Every test begins from the same seed, which a failure's report names."""
import signal

import gluon_gan as gg
import pytest

SEED = 1234

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell has what it starts with `&` ignore Ctrl-C, and whatever that starts. Tests that send one would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to be in, offline, without any data but what ships."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data').mkdir()
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'data'))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return tmp_path


@pytest.fixture(autouse=True)
def seed(record_property):
    """Seed Python, NumPy and MXNet before each test."""
    record_property('seed', SEED)
    gg.seed(SEED)
    return SEED
