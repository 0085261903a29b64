"""The edge features of simple patterns."""
import numpy as np

from gluon_gan.curation import edges


def lab_of(lightness):
    """An image ``(128, 128, 3)`` in Lab with the given lightness and no colour."""
    lab = np.zeros((128, 128, 3), np.float32)
    lab[..., 0] = lightness
    return lab


CHECKERBOARD = lab_of(100.0 * np.kron(np.indices((4, 4)).sum(0) % 2, np.ones((32, 32))))
NOISE = lab_of(np.random.default_rng(0).uniform(0, 100, (128, 128)))


def test_the_seams_of_a_checkerboard_are_long_and_meet_at_right_angles():
    _, _, (count, total), (longest, _), agreement, _ = edges.line_segments(CHECKERBOARD)[:6]      # of the lightness
    assert count > np.log(6) and total > np.log(3) and longest > 0.2
    modulo_180_degrees, modulo_90_degrees, _ = agreement
    assert modulo_90_degrees > 0.95 > modulo_180_degrees


def test_a_checkerboard_has_coherent_edges_and_noise_has_not():
    def coherence(lab):
        return edges.gradient_statistics(lab)[3][2]
    assert coherence(CHECKERBOARD) > 0.6 > 0.5 > coherence(NOISE)


def test_each_cell_has_a_histogram_of_its_gradients():
    """Vertical stripes have horizontal gradients, which are in the first or last of the eight orientations."""
    histograms, = edges.gradient_histograms(lab_of(np.arange(128) // 8 % 2 * 100.0))
    assert histograms.shape == (16, 8)
    assert np.allclose((histograms[:, [0, 7]] ** 2).sum(1), 1, atol=1e-3)
