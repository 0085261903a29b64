"""Every test begins from the same seed, which a failure's report names."""
import gluon_gan as gg
import pytest

SEED = 1234


@pytest.fixture(autouse=True)
def seed(record_property):
    """Seed Python, NumPy and MXNet before each test."""
    record_property('seed', SEED)
    gg.seed(SEED)
    return SEED
