"""Our numbers against those of well-known packages on the same features, which tools/metric_references.py computed."""
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gluon_gan.metrics import (
    density_coverage,
    frechet_distance,
    inception_score,
    kernel_distance,
    kernel_distance_subsets,
    precision_recall,
)

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
VALUES = json.loads(Path(__file__).with_name('reference_values.json').read_text())['values']


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(str(TOOLS))
    import metric_references
    yield metric_references
    del sys.modules['metric_references']


@pytest.mark.parametrize('k', [3, 5])
def test_prdc(tool, k):
    wanted, sets = VALUES[f'prdc k={k}'], tool.features()
    assert precision_recall(*sets, k=k) == pytest.approx((wanted['precision'], wanted['recall']), rel=1e-12)
    assert density_coverage(*sets, k=k) == pytest.approx((wanted['density'], wanted['coverage']), rel=1e-12)


def test_torch_fidelity_precision_recall(tool):
    wanted = VALUES['prc']                                       # in float32
    assert precision_recall(*tool.features()) == pytest.approx((wanted['precision'], wanted['recall']), rel=1e-7)


def test_torch_fidelity_frechet(tool):
    assert frechet_distance(*tool.features()) == pytest.approx(VALUES['fid']['frechet_inception_distance'], rel=1e-10)


def test_torch_fidelity_kernel(tool):
    wanted = [VALUES['kid'][f'kernel_inception_distance_{name}'] for name in ('mean', 'std')]
    assert kernel_distance_subsets(*tool.features(), **tool.SUBSETS) == pytest.approx(wanted, rel=1e-10)
    value, error = kernel_distance(*tool.features())
    assert abs(value - wanted[0]) < 2 * error


def test_torch_fidelity_inception_score(tool):
    p = np.exp(tool.logits())
    wanted = [VALUES['isc'][f'inception_score_{name}'] for name in ('mean', 'std')]
    assert inception_score(p / p.sum(axis=1, keepdims=True)) == pytest.approx(wanted, rel=1e-10)
