"""From the command line: penalties on D's gradient, their files, resume, and refusals before any work."""
import json

import numpy as np
import pytest

from gluon_gan import cli
from gluon_gan.penalties import PENALTIES
from gluon_gan.support import storage
from gluon_gan.train import checkpoint
from gluon_gan.train.run import Settings

pytestmark = pytest.mark.usefixtures('elsewhere')
SMALL = '--ngf', 2, '--ndf', 2, '--nz', 4, '--batch-size', 8, '--decay', 1


def train(*words):
    return cli.main(['train', *(str(word) for word in words)])


@pytest.mark.parametrize('name', PENALTIES)
def test_a_run_is_resumed_exactly(name, elsewhere):
    options = '--penalty', name, '--gamma', 3, '--penalty-every', 4, '--norm', 'none', '--loss', 'wasserstein', *SMALL
    assert train('--name', 'whole', '--steps', 8, *options) == train('--name', 'parts', '--steps', 6, *options) == 0
    config = json.loads((elsewhere / 'runs/parts/config.json').read_text())
    assert {key: config[key] for key in ('penalty', 'gamma', 'penalty_every', 'clip', 'd_steps')} == {
        'penalty': name, 'gamma': 3, 'penalty_every': 4, 'clip': None, 'd_steps': None}
    assert train('--resume', 'runs/parts', '--steps', 8) == 0
    (one, meta), (other, other_meta) = (storage.read(checkpoint.file_of(elsewhere / 'runs' / run))
                                        for run in ('whole', 'parts'))
    assert meta == other_meta and meta['trainer']['d_steps'] == 5 and meta['trainer']['clip'] == 0
    assert one.keys() == other.keys() and 'memory/penalty' in one
    assert all(np.array_equal(one[key], other[key]) for key in one)


def test_an_edited_gamma_is_corrected_and_defaults_are_none(elsewhere, caplog):
    assert train('--name', 'a', '--steps', 2, '--penalty', 'r1r2', '--norm', 'spectral', *SMALL) == 0
    file = elsewhere / 'runs/a/config.json'
    assert train('--resume', 'runs/a', '--steps', 3) == 0
    assert json.loads(file.read_text())['gamma'] is None and 'corrected' not in caplog.text
    file.write_text(json.dumps({**json.loads(file.read_text()), 'gamma': 9}))
    assert train('--resume', 'runs/a', '--steps', 4) == 0
    assert 'says gamma=9, and this run has been trained with 1.0' in caplog.text


@pytest.mark.parametrize('words, message', [
    (['--penalty', 'r1'], '--penalty r1 needs the gradient of D for each image, and with batch norm'),
    (['--penalty', 'r3', '--norm', 'none'], "--penalty 'r3' must be one of 'none', 'r1'"),
    (['--gamma', '1'], "--gamma 1.0 belongs to a penalty on D's gradient, and there is none"),
    (['--penalty', 'r1', '--norm', 'none', '--clip', '0.1'], "--clip 0.1 and --penalty 'r1' both bound")])
def test_a_refusal_is_one_line_and_leaves_nothing(words, message, elsewhere, capsys):
    assert train(*words, *SMALL) == 2
    error = capsys.readouterr().err
    assert message in error and error.count('\n') == 1
    assert not (elsewhere / 'runs').exists()


def test_a_config_of_an_earlier_version_has_no_penalty():
    config = Settings.make('mnist').to_config()
    for name in ('penalty', 'gamma', 'penalty_every'):
        del config[name]
    settings = Settings.from_config({**config, 'd_steps': 1})
    assert (settings.penalty, settings.gamma, settings.penalty_every, settings.d_steps) == ('none', None, 1, 1)
