"""The model card and the metadata of exported networks."""
from pathlib import Path

import gluon_gan as gg
from gluon_gan import export
from gluon_gan.export import card

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

