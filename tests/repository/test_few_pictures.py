"""The scores of generators that were trained on few photographs, and the tool that measures them."""
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gluon_gan import data, zoo
from gluon_gan.support import pixels

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def few_pictures(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    yield importlib.import_module('few_pictures')
    for name in ('few_pictures', 'trials'):
        sys.modules.pop(name, None)


def test_the_scores_of_the_training_data_are_those_of_other_images_in_their_place(few_pictures, monkeypatch):
    images = data.render_quilts(180).images
    sets = [data.ImageArray(images[:120], 'train'), data.ImageArray(images[120:], 'test')]
    monkeypatch.setattr(few_pictures, 'photographs', lambda: sets)
    baseline = few_pictures.scores()
    same = few_pictures.scores(data.ImageArray(images[:120], 'copies'))
    grey = few_pictures.scores(np.zeros((120, 3, 64, 64), 'float32') + np.linspace(-0.5, 0.5, 120)[:, None, None, None])
    for name in (few_pictures.CHOOSING, few_pictures.REPORTING):
        assert same[name]['frechet'] == pytest.approx(baseline[name]['frechet'], rel=1e-4)
        assert grey[name]['frechet'] > 3 * baseline[name]['frechet'] and grey[name]['recall'] < 0.2
    assert same['random64']['copies'] == 1 and grey['random64']['copies'] == 0
    assert same['random64']['repeated'] == pytest.approx(0.001, abs=5e-4) and grey['random64']['repeated'] > 0.1


def test_the_photograph_nearest_to_each_image_is_shown_below_it(few_pictures, monkeypatch):
    images = data.render_quilts(40).images
    sets = [data.ImageArray(images[:30], 'train'), data.ImageArray(images[30:], 'test')]
    monkeypatch.setattr(few_pictures, 'photographs', lambda: sets)
    own = pixels.to_float(images)
    noise = np.random.default_rng(0).normal(0, 0.02, (22, 3, 64, 64)).astype('float32')
    noisy = np.clip(own[:22] + noise, -1, 1)
    noisy[11:] = noisy[11:, ..., ::-1]
    rows = few_pictures.nearest_pairs(np.concatenate([own[30:], noisy])).reshape(2, 2, 10, 3, 64, 64)
    generated, shown = rows[:, 0].reshape(-1, 3, 64, 64), rows[:, 1].reshape(-1, 3, 64, 64)
    assert np.abs(generated - shown).mean((1, 2, 3)).max() < 0.05


def test_larger_images_are_measured_at_the_size_of_the_photographs(few_pictures):
    small = np.random.default_rng(0).uniform(-1, 1, (3, 3, 64, 64)).astype('float32')
    assert few_pictures.reduced(small) is small
    large = small.repeat(2, axis=2).repeat(2, axis=3)
    np.testing.assert_allclose(few_pictures.reduced(large), small, atol=1e-6)


def test_the_shipped_quilts_beat_what_they_replace(few_pictures):
    result = json.loads(few_pictures.RESULT.read_text())
    rows = {row['name']: row for row in result['trainings']}
    assert all(row['command'].startswith('gluon-gan train ') for row in rows.values())
    card = json.loads((zoo.FOLDER / 'quilts.json').read_text())
    assert rows['quilts']['command'] == card['command'] and rows['quilts']['scores']['random64']['copies'] == 0
    found = rows['synthetic-quilts']['scores']
    assert found['found'] >= 14 and sum(share >= 0.01 for share in found['shares'].values()) == found['found']
    for name in (few_pictures.CHOOSING, few_pictures.REPORTING):
        excess = {which: rows[which]['scores'][name]['frechet'] - result['baseline'][name]['frechet']
                  for which in ('quilts', 'quilts-before')}
        assert 0 < excess['quilts'] < excess['quilts-before']
