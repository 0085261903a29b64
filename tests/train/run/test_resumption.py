"""Before a run is resumed: replaced and moved data, edited settings and records. All of it costs one line."""
import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli
from gluon_gan.data import folder
from gluon_gan.serving import server
from gluon_gan.support import storage
from gluon_gan.train import checkpoint
from gluon_gan.train.run import Run
from helpers import serving

SMALL = ['--batch-size', 8, '--ngf', 2, '--ndf', 2, '--nz', 4, '--average', 0, '--decay', 1]
CONFIG, HISTORY = Path('runs/celeba/config.json'), Path('runs/celeba/history.jsonl')


@pytest.fixture(autouse=True)
def short(elsewhere, monkeypatch):
    monkeypatch.setattr(Run, 'FRAMES', 2)
    monkeypatch.setattr(Run, 'HISTORY_EVERY', 1)


def images(name, seed=0):
    Path(name).mkdir()
    rng = np.random.default_rng(seed)
    for number in range(16):
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(f'{name}/{number:02}.png')


def train(*words):
    return cli.main(['train', *map(str, words)])


def start(*words):
    images('photographs')
    assert train('--data', 'photographs', '--size', 32, '--steps', 3, *SMALL, *words) == 0


def refused(capsys, *words):
    """The one line of the error message; the command must not change any file."""
    before = {path: path.read_bytes() for path in Path('runs').rglob('*') if path.is_file()}
    capsys.readouterr()
    assert train(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    assert {path: path.read_bytes() for path in Path('runs').rglob('*') if path.is_file()} == before
    return line


def edit(**changes):
    config = {**json.loads(CONFIG.read_text()), **changes}
    CONFIG.write_text(json.dumps({name: value for name, value in config.items() if value is not ...}))


def arrays(name, step):
    return {key: array.tobytes()
            for key, array in storage.read(f'runs/{name}/checkpoints/{checkpoint.name_of(step)}')[0].items()}


def test_replaced_images_are_found_and_can_be_accepted(capsys):
    start()
    shutil.rmtree('photographs')
    images('photographs', seed=1)
    line = refused(capsys, '--resume', 'runs/celeba', '--steps', 5)
    assert ('was trained on photographs (16 pictures), and these are other images now: restore the original data, name '
            'their new place with --data, continue on the other images with --accept-data, or start a new run') in line
    assert train('--resume', 'runs/celeba', '--steps', 5, '--accept-data') == 0
    assert train('--resume', 'runs/celeba', '--steps', 6) == 0             # these are its data from now on
    assert '--accept-data continues a run on other data' in refused(capsys, '--accept-data', '--steps', 1)


def test_data_that_moved_resume_at_their_new_place(capsys):
    start()
    shutil.copytree('photographs', 'kept')
    assert train('--data', 'kept', '--size', 32, '--steps', 5, '--name', 'whole', *SMALL) == 0
    Path('photographs').rename('elsewhere')
    line = refused(capsys, '--resume', 'runs/celeba', '--steps', 5)
    gone = Path('photographs').resolve()
    assert f'which is no longer at {gone}: name the new place of the same data with --data' in line
    images('other', seed=1)
    assert 'and the data are now other (16 pictures): restore' in refused(
        capsys, '--resume', 'runs/celeba', '--steps', 5, '--data', 'other')
    assert '--a cannot be given: this run has no such data' in refused(
        capsys, '--resume', 'runs/celeba', '--steps', 5, '--a', 'other')
    assert train('--resume', 'runs/celeba', '--steps', 5, '--data', 'elsewhere') == 0
    assert arrays('celeba', 5) == arrays('whole', 5)
    config = json.loads(CONFIG.read_text())
    assert config['data'] == str(Path('elsewhere').resolve()) and config['data_name'] == 'elsewhere (16 pictures)'


def test_served_data_are_recognised_on_any_server_and_on_the_disk(capsys, monkeypatch):
    images('photographs')
    images('other', seed=1)
    with ExitStack() as running:
        urls = []
        for name in ('photographs', 'photographs', 'other'):
            created = running.enter_context(serving.running(server.create(folder(name, 32), port=0)))
            urls.append(f'http://127.0.0.1:{created.effective_port}')
        assert train('--data', urls[0], '--size', 32, '--steps', 2, *SMALL) == 0
        assert train('--resume', 'runs/celeba', '--steps', 3, '--data', urls[1]) == 0
        assert 'and the data are now other (16 pictures)' in refused(
            capsys, '--resume', 'runs/celeba', '--steps', 4, '--data', urls[2])
        assert train('--resume', 'runs/celeba', '--steps', 4, '--data', 'photographs') == 0


def test_two_domains_have_a_fingerprint_and_may_move(capsys):
    images('red')
    images('blue', seed=1)
    small = ['--size', 32, '--ngf', 2, '--ndf', 2, '--blocks', 1, '--steps']
    assert train('--task', 'translate', '--data', 'two_domains', '--a', 'red', '--b', 'blue', *small, 1) == 0
    Path('blue').rename('azure')
    assert 'name the new place of the same data with --b' in refused(capsys, '--resume', 'runs/cyclegan', '--steps', 2)
    assert 'restore the original data' in refused(capsys, '--resume', 'runs/cyclegan', '--steps', 2, '--b', 'red')
    assert train('--resume', 'runs/cyclegan', '--steps', 2, '--b', 'azure') == 0
    assert '--a and --b are both' in refused(
        capsys, '--task', 'translate', '--data', 'two_domains', '--a', 'red', '--b', 'red', *small, 1)


def test_a_run_without_a_fingerprint_resumes_by_its_name():
    start()
    edit(data_fingerprint=...)
    shutil.rmtree('photographs')
    images('photographs', seed=1)
    assert train('--resume', 'runs/celeba', '--steps', 4) == 0
    assert json.loads(CONFIG.read_text())['data_fingerprint']
    edit(data_fingerprint=..., data_name='photographs (17 pictures)')
    assert train('--resume', 'runs/celeba', '--steps', 5) == 2


@pytest.mark.parametrize('changes', [
    dict(lr=0.01), dict(loss='hinge'), dict(seed=7), dict(batch_size=4), dict(d_steps=2), dict(lrG=1e-3),
    dict(clip=0.5)], ids=str)
def test_edited_settings_that_contradict_the_checkpoint_are_corrected(caplog, changes):
    start()
    before = json.loads(CONFIG.read_text())
    edit(**changes)
    (name, value), = changes.items()
    assert train('--resume', 'runs/celeba', '--steps', 4) == 0
    after = json.loads(CONFIG.read_text())
    assert f'says {name}={value!r}, and this run has been trained with' in caplog.text
    assert caplog.text.count('says') == 1
    assert after[name] != value and {**before, name: 0, 'steps': 4, 'ended': 4, 'seconds': 0} == {
        **after, name: 0, 'seconds': 0}


def test_settings_that_were_not_edited_are_not_corrected(caplog):
    start('--noise', 0.1, '--loss', 'wasserstein', '--lr-d', 1e-4, '--real-label', 1)
    assert train('--resume', 'runs/celeba', '--steps', 4) == 0
    assert 'says' not in caplog.text


@pytest.mark.parametrize('name, value, message', [
    ('kernel', 5, 'its kernel is 4, not 5'), ('data', None, "it has no 'data'"), ('data', 5, 'data must be a str'),
    ('decay', 'x', "decay must be a number, not 'x'"), ('data_name', 5, 'data_name must be a str'),
    ('data_fingerprint', 5, 'data_fingerprint must be a str or None'), ('a', 3, None),
    ('seconds', [], 'seconds must be')])
def test_settings_of_another_type_cost_one_line(capsys, name, value, message):
    start()
    edit(**{name: value})
    if message:
        assert message in refused(capsys, '--resume', 'runs/celeba', '--steps', 4)
    else:
        assert train('--resume', 'runs/celeba', '--steps', 4) == 0


@pytest.mark.parametrize('line, message', [
    ('5', "line 2 has no number as its 'step'"), ('{"a": 1}', "line 2 has no number as its 'step'"),
    ('{"step": true}', 'no number'), ('[]', 'no number'),
    ('{"step": 2, "errD": "x"}', 'errD must be a number or null')])
def test_an_edited_record_is_found_before_the_training(capsys, line, message):
    start()
    lines = HISTORY.read_text().splitlines()
    HISTORY.write_text('\n'.join([lines[0], line, *lines[2:]]) + '\n')
    found = refused(capsys, '--resume', 'runs/celeba', '--steps', 4)
    assert message in found and 'history.jsonl, line 2' in found
    HISTORY.write_text('\n'.join(lines) + '\n')
    Path('runs/celeba/alarms.jsonl').write_text('5\n')
    found = refused(capsys, '--resume', 'runs/celeba', '--steps', 4)
    assert "alarms.jsonl, line 1 has no number as its 'step'" in found


def test_an_unreadable_sample_grid_is_left_out_of_the_animation(caplog):
    start()
    first = sorted(Path('runs/celeba/samples').glob('step-*.png'))[0]
    first.write_bytes(first.read_bytes()[:300])
    Image.new('RGB', (5, 5)).save(first.with_name('step-0000001.png'))
    Path('runs/celeba/progress.gif').unlink()
    assert train('--resume', 'runs/celeba', '--steps', 4) == 0
    assert '2 of 5 sample grids are left out of progress.gif, such as' in caplog.text and str(first) in caplog.text
    assert Path('runs/celeba/progress.gif').exists()
    assert json.loads(CONFIG.read_text())['ended'] == 4
