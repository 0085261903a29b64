"""The nearest training images: copies are found, and new images are not reported as copies."""
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import dissect


@pytest.fixture
def sets():
    """Images of a square with random position and grey level: generated, training, held-out."""
    rng = np.random.default_rng(0)

    def squares(n):
        images = rng.normal(0, 0.02, (n, 1, 8, 8)).astype(np.float32)
        for image in images:
            y, x = rng.integers(0, 5, 2)
            image[0, y:y + 3, x:x + 3] += rng.uniform(0.3, 0.8)
        return gg.pixels.to_uint8(images)
    return squares(60), squares(120), squares(60)


def test_new_images_are_not_copies(sets):
    found = dissect.nearest_training('pixels', *sets)
    assert found.memorisation.copies == 0 and 0.3 < found.memorisation.auc < 0.7 and found.space == 'pixels'
    assert found.distances.shape == found.indices.shape == found.held_out.shape == (60,)


def test_planted_copies_are_found(sets):
    generated, training, held_out = sets
    generated[[3, 30]] = training[[7, 99]]
    found = dissect.nearest_training('pixels', generated, training, held_out)
    assert sorted(dissect.closest(found, 2)) == [3, 30] and found.indices[[3, 30]].tolist() == [7, 99]
    assert found.memorisation.copies == pytest.approx(2 / 60) and found.distances[3] == 0


def test_copies_are_found_in_features_of_a_discriminator(sets):
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    padded = [np.pad(part, ((0, 0), (10, 10), (10, 10), (0, 0)), constant_values=127) for part in sets]
    found = dissect.nearest_training(gg.metrics.discriminator(netD), padded[1][:30], *padded[1:])
    assert found.space == 'discriminator' and found.memorisation.copies == 1
    assert found.indices.tolist() == list(range(30))


def test_figure_shows_generated_and_held_out_images(sets):
    found = dissect.nearest_training('pixels', *sets)
    figure = dissect.distances_figure(found, found, title='squares')
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert len(figure.axes) == 2 and labels == ['generated', 'held-out']
