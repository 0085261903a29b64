"""The model card and the metadata of exported networks."""
import json
from pathlib import Path

import pytest

import gluon_gan as gg
from gluon_gan import export, zoo
from gluon_gan.export import card
from gluon_gan.translate import source

SCORES = [{'name': 'frechet_lenet_10k', 'value': 0.59, 'baseline': 0.07, 'better': 'less', 'error': None}]
RECORD = {'command': 'gluon-gan train', 'data_name': 'mnist train', 'stand_in': True, 'steps': 7, 'lr': 1}


def test_metadata_keeps_what_a_reader_needs():
    found = card.metadata(gg.Generator(28, 1, nz=9, ngf=2), RECORD, SCORES)
    assert found == {'command': 'gluon-gan train', 'data_name': 'mnist train', 'stand_in': True, 'steps': 7,
                     'size': 28, 'nz': 9,
                     'scores': [{'name': 'frechet_lenet_10k', 'value': 0.59, 'baseline': 0.07, 'better': 'less'}]}
    assert card.metadata(gg.Discriminator(32, 3, ndf=2), {}) == {'size': 32}


def test_the_code_of_a_card_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    net = gg.Generator(28, 1, nz=9, ngf=2, classes=3)
    net.initialize()
    for format, row in export.FORMATS.items():
        written = export.save(net, f'g{row.suffixes[0]}')
        text = card.text(net, 'g', written, card.metadata(net, RECORD, SCORES))
        namespace = {}
        exec(text.split('```python')[1].split('```')[0], namespace)
        assert namespace['output'].shape == (1, 1, 28, 28), format
        assert '`labels` | input | `(N,)`' in text and '| `frechet_lenet_10k` | 0.59 | 0.07 | less |' in text
        assert 'mnist train, a stand-in. Steps: 7.' in text and 'gluon-gan train' in text


def test_a_card_without_a_record_says_nothing_about_training():
    net = gg.Discriminator(32, 3, ndf=2)
    text = card.text(net, 'd', export.Exported([Path('d.npz')], 'npz', 0.0), {})
    assert 'Training' not in text and 'Scores' not in text and 'Limits' in text


RESULTS = Path(__file__).parents[2] / 'results'
SHIPPED = [(zoo.FOLDER / f'{name}.json', f'{name}.json') for name in zoo.names()]
SHIPPED += [(source.FOLDER / f'{name}.json', 'translate.json') for name in source.names()]


@pytest.mark.parametrize('path, report', SHIPPED)
def test_shipped_weights_record_the_published_scores(path, report):
    recorded = json.loads(path.read_text())['scores']
    assert recorded == card.scores_of(json.loads((RESULTS / report).read_text())) and len(recorded) >= 9


def test_the_scores_of_a_translation_name_features_and_direction():
    way = {'extractor': 'random64', 'taken': 0.9, 'taken_real': 1.0, 'pattern': 0.8, 'cycle': 0.1, 'identity': 0.2,
           'ground_truth': None, 'frechet': 0.3, 'frechet_real': 0.01}
    found = card.scores_of({'ways': [way, {**way, 'taken': 0.7}]})
    assert [score['name'] for score in found][:3] == ['taken_random64_a_to_b', 'pattern_a_to_b', 'cycle_a_to_b']
    assert found[0] == {'name': 'taken_random64_a_to_b', 'value': 0.9, 'baseline': 1.0, 'better': 'more'}
    assert found[5] == {'name': 'taken_random64_b_to_a', 'value': 0.7, 'baseline': 1.0, 'better': 'more'}
    assert len(found) == 10
