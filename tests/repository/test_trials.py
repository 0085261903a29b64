"""The trainings that the tools compare: they are measured, stored once, and follow from their seed."""
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gluon_gan.support import storage

ROOT = Path(__file__).resolve().parents[2]
TINY = dict(net=dict(ngf=4, ndf=4, norm='none'), init='he', trainer=dict(penalty='r1', penalty_every=2))


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    yield [importlib.import_module(name) for name in ('trials', 'recipes', 'stability')]
    for name in ('trials', 'recipes', 'stability'):
        sys.modules.pop(name, None)


def test_a_training_is_stored_with_its_scores_and_follows_from_its_seed(tools, tmp_path):
    trials, _, stability = tools
    stores = [tmp_path / f'{number}.npz' for number in range(3)]
    for store, seed in zip(stores, (1, 1, 2)):
        trials.train('5,000 digits', TINY, seed, 6, store)
    (one, meta), (same, _), (other, _) = map(storage.read, stores)
    assert one['images'].shape == (100, 28, 28, 1) and one['images'].dtype == np.uint8
    assert (one['images'] == same['images']).all() and (one['images'] != other['images']).any()
    assert meta['steps'] == 6 and [step for step, _ in meta['curve']] == [1, 2, 3, 4, 5]
    baseline = trials.task('5,000 digits').baseline
    assert meta['scores']['frechet'] > 20 * baseline['frechet']
    assert stability.digits(baseline) and not stability.digits(meta['scores'])
    finished = [('5,000 digits', TINY, 1, 6, stores[0])]
    lines = []
    trials.run_all(finished, announce=lines.append)                  # starts nothing
    assert lines == ['1 of 1 trainings are finished']


def test_the_comparison_has_every_training_that_it_reports(tools):
    _, recipes, stability = tools
    result, listed = recipes.read(), recipes.compared()
    assert [recipe for recipe, *_ in listed] == ['preset', *recipes.SEARCH]
    keys = {(run['recipe'], run['row'], run['task'], run['seed']) for run in result['compared']}
    assert keys == {(recipe, row, name, seed) for recipe, row, _ in listed for name in recipes.SETS
                    for seed in recipes.SEEDS}
    settings = {(recipe, row): setting for recipe, row, setting in listed}
    for run in result['compared']:
        assert run['setting'] == settings[run['recipe'], run['row']]
        assert run['steps'] == recipes.steps(run['task'], run['recipe'], result['seconds'])
    runs = json.loads(stability.RESULT.read_text())['runs']
    assert len(runs) == len(stability.jobs()) == 20 * len(stability.SEEDS) * len(stability.RECIPES)
