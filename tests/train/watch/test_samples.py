"""Grids of the images of fixed noise."""
import numpy as np

from gluon_gan.train import Samples
from helpers.small_trainings import loader, trainer


def test_grids_are_saved_at_regular_intervals_with_the_same_noise(tmp_path):
    gan = trainer(average=0.5)
    gan.fit(loader(), steps=5, callbacks=[Samples(tmp_path, every=2)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f'step-000000{step}.png' for step in (0, 2, 4, 5)]
    again = trainer()
    np.testing.assert_array_equal(gan.fixed_z.asnumpy(), again.fixed_z.asnumpy())
