"""The toy of eight Gaussians: what tools/eight_gaussians.py has found, and a shorter training."""
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOUND = json.loads((ROOT / 'notebooks' / 'histories' / 'eight_gaussians.json').read_text())


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    import eight_gaussians
    yield eight_gaussians
    del sys.modules['eight_gaussians']


def test_the_penalty_covers_all_modes_where_clipping_does_not(tool):
    assert FOUND['ways'] == tool.WAYS and FOUND['steps'] == tool.STEPS
    for way, runs in FOUND['runs'].items():
        assert [run['seed'] for run in runs] == [0, 1, 2]
        for run in runs:
            assert run['covered'] == tool.covered(run['shares']) and len(run['shares']) == tool.MODES
            assert (run['covered'] == tool.MODES) == (way == 'wgan-gp'), (way, run)


def test_points_of_the_distribution_cover_all_modes_and_a_ring_does_not(tool):
    real = tool.points(tool.SAMPLES, np.random.default_rng(0))
    assert real.shape == (tool.SAMPLES, 2, 1, 1) and tool.covered(tool.shares_of(real.reshape(-1, 2))) == tool.MODES
    angles = np.linspace(0, 2 * np.pi, tool.SAMPLES)
    ring = tool.RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert tool.covered(tool.shares_of(ring)) == 0


def test_a_short_training_reaches_all_modes(tool):
    """With a lower bound on their shares: after a third of the steps, points still lie between the centres."""
    assert min(tool.train('wgan-gp', 0, steps=1000)) > 0.02
