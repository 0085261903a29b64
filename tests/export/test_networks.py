"""The networks that a name stands for, and the scores that their files state."""

import json

import pytest

from gluon_gan import cli, export
from gluon_gan.export import card
from gluon_gan.export.networks import REPORT, networks
from gluon_gan.support.storage import StorageError

onnx = pytest.importorskip('onnx', reason='needs the extra `export`')


@pytest.mark.parametrize('name', ['mnist', 'red-teal'])
def test_the_file_of_shipped_weights_states_their_scores(name, tmp_path):
    found, record = networks(name)
    (path,) = export.save(found[0][1], tmp_path / 'g.onnx',
                          metadata=card.metadata(found[0][1], record, record['scores'])).paths
    stated = json.loads({each.key: each.value for each in onnx.load(path).metadata_props}['scores'])
    assert stated == record['scores'] and all(score['value'] is not None for score in stated)


def test_a_discriminator_has_no_scores_of_images():
    assert 'scores' in networks('mnist')[1] and 'scores' not in networks('mnist', 'discriminator')[1]


def test_a_run_has_the_scores_of_the_report_in_its_folder(elsewhere, capsys):
    small = ['--ngf', '4', '--ndf', '4', '--nz', '8', '--steps', '2', '--name', 'run']
    assert cli.main(['train', '--preset', 'mnist', *small]) == 0
    assert 'scores' not in networks('runs/run')[1]
    report = elsewhere / 'runs' / 'run' / REPORT
    assert cli.main(['evaluate', 'runs/run', '-n', '100', '--extractor', 'pixels8', '-o', str(report)]) == 0
    wanted = card.scores_of(json.loads(report.read_text()))
    assert networks('runs/run')[1]['scores'] == wanted and wanted[0]['name'] == 'frechet_pixels8_100_28px'
    assert cli.main(['export', 'runs/run', '--to', 'npz']) == 0
    assert f"| `{wanted[0]['name']}` | {wanted[0]['value']:.4g} |" in (elsewhere / 'run.md').read_text()
    text = '{"scores": [{"name": "a", "value": "1", "baseline": null, "better": "less"}]}'
    for damaged in ('[1', text):
        report.write_text(damaged)
        with pytest.raises(StorageError, match='scores.json is no report of gluon-gan evaluate .*: run gluon-gan eval'):
            networks('runs/run')
