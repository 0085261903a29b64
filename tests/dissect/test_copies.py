"""Copies are found, and honest pictures are none."""
import gluon_gan as gg
import numpy as np
import pytest
from gluon_gan import dissect


@pytest.fixture
def sets():
    """Pictures of a square at some place in some grey: generated, training, held out."""
    rng = np.random.default_rng(0)

    def draw(n):
        pictures = rng.normal(0, 0.02, (n, 1, 8, 8)).astype(np.float32)
        for picture in pictures:
            y, x = rng.integers(0, 5, 2)
            picture[0, y:y + 3, x:x + 3] += rng.uniform(0.3, 0.8)
        return gg.pixels.to_uint8(pictures)
    return draw(60), draw(120), draw(60)


def test_honest_pictures(sets):
    found = dissect.nearest_training('pixels', *sets)
    assert found.verdict.copies == 0 and 0.3 < found.verdict.auc < 0.7 and found.space == 'pixels'
    assert found.distances.shape == found.indices.shape == found.held_out.shape == (60,)


def test_planted_copies_are_named(sets):
    generated, training, held_out = sets
    generated[[3, 30]] = training[[7, 99]]
    found = dissect.nearest_training('pixels', generated, training, held_out)
    assert sorted(dissect.closest(found, 2)) == [3, 30] and found.indices[[3, 30]].tolist() == [7, 99]
    assert found.verdict.copies == pytest.approx(2 / 60) and found.distances[3] == 0


def test_in_the_features_of_a_discriminator(sets):
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    big = [np.pad(part, ((0, 0), (10, 10), (10, 10), (0, 0)), constant_values=127) for part in sets]
    found = dissect.nearest_training(gg.metrics.discriminator(netD), big[1][:30], *big[1:])
    assert found.space == 'discriminator' and found.verdict.copies == 1 and found.indices.tolist() == list(range(30))


def test_the_figure_has_both_kinds(sets):
    found = dissect.nearest_training('pixels', *sets)
    figure = dissect.distances_figure(found, found, title='squares')
    assert len(figure.axes) == 2 and [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ['generated', 'held out']
