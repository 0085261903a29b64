"""``gluon-gan data curate``: its results, its messages, and how it is stopped and resumed."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gluon_gan import cli
from gluon_gan.curation import pipeline, scorers


def twelve(shape, seed):
    """An image of twelve squares, or discs, with random positions and colours."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', (140, 130), tuple(rng.integers(0, 256, 3).tolist()))
    for x, y, side in rng.integers((0, 0, 15), (110, 110, 40), (12, 3)):
        getattr(ImageDraw.Draw(image), shape)((x, y, x + side, y + side), tuple(rng.integers(0, 256, 3).tolist()))
    return image


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working directory, offline, with images of squares (seeds below 50) and discs, and eight examples of each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    monkeypatch.setenv('MXNET_HOME', str(tmp_path / 'mxnet'))
    for folder, shape, seeds in (('like', 'rectangle', range(8)), ('unlike', 'ellipse', range(50, 58)),
                                 ('src/a', 'rectangle', range(10, 16)), ('src/b', 'ellipse', range(60, 66))):
        Path(folder).mkdir(parents=True)
        for seed in seeds:
            twelve(shape, seed).save(f'{folder}/{seed}.png')


def run(*words):
    return cli.main(['data', *(str(word) for word in words)])


def test_curate_by_examples(capsys):
    assert run('curate', 'src', 'dst', '--like', 'like', '--unlike', 'unlike', '--threshold', 0.5) == 0
    out = capsys.readouterr().out
    rows = [json.loads(line) for line in Path('dst/manifest.jsonl').read_text().splitlines()[1:]]
    scores = {row['path']: row['score'] for row in rows}
    squares, discs = ([score for path, score in scores.items() if path.startswith(folder)] for folder in 'ab')
    assert len(squares) == len(discs) == 6 and np.mean(squares) > 0.6 > np.mean(discs)
    kept = [row['path'] for row in rows if row['decision'] == 'kept']
    assert kept == [path for path in scores if scores[path] >= 0.5]
    assert kept == sorted(str(path.relative_to('dst/kept')) for path in Path('dst/kept').rglob('*.png'))
    assert out.startswith(f'{len(kept)} kept, {12 - len(kept)} refused, 0 duplicate, 0 tiny, 0 broken of 12 images\n')
    for name in ('kept', 'manifest.jsonl', 'close.png'):
        assert f'  dst/{name}\n' in out and Path('dst', name).exists()


def test_the_scorer_adapts_by_default(monkeypatch):
    for module in (pipeline, scorers):
        monkeypatch.setattr(module, 'LEAST_CORPUS', 12)
    scores = []
    for dst, option in (('dst', []), ('plain', ['--no-adapt'])):
        assert run('curate', 'src', dst, '--like', 'like', '--unlike', 'unlike', *option) == 0
        settings, *rows = map(json.loads, Path(dst, 'manifest.jsonl').read_text().splitlines())
        assert settings.get('adapt') is (None if option else True)
        scores.append([row['score'] for row in rows])
    assert scores[0] != scores[1]


@pytest.mark.parametrize('words, message', [
    (['nowhere', 'dst'], 'nowhere is not a folder of images'),
    (['src', 'dst', '--like', 'like'], '--like and --unlike go together'),
    (['src', 'dst', '--like', 'like', '--unlike', 'unlike', '--top-k', 5], '--top-k is an option for a network'),
    (['src', 'dst', '--like', 'like', '--unlike', 'unlike', '--class', 5], '--class is an option for a network'),
    (['src', 'dst', '--like', 'like', '--unlike', 'nowhere'], 'unlike: nowhere is not a folder'),
    (['src', 'src/new', '--like', 'like', '--unlike', 'unlike'], 'overlap'),
    (['src', 'dst', '--like', 'like', '--unlike', 'unlike', '--threshold', 3],
     'threshold must be at least 0 and less than 1, not 3.0'),
    (['src', 'dst', '--network', 'resnet'], "--network 'resnet' must be one of GluonCV's"),
    (['src', 'dst', '--weights', 'like/0.png'], 'like/0.png is not a .params file of MXNet'),
    (['src', 'dst', '--weights', 'nowhere.params'], 'nowhere.params: No such file'),
    (['src', 'dst'], 'GLUON_GAN_OFFLINE forbids the network: get https://')])
def test_bad_arguments_are_refused_in_one_line(capsys, words, message):
    before = sorted(Path().rglob('*'))
    assert run('curate', *words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1 and message in line
    assert sorted(Path().rglob('*')) == before


@pytest.mark.parametrize('number, status', [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_and_the_same_command_resumes(elsewhere, number, status):
    """The process gets it when the manifest has its first rows."""
    for seed in range(40):
        twelve('rectangle', 1000 + seed).save(f'src/a/more {seed}.png')
    command = [sys.executable, '-m', 'gluon_gan', 'data', 'curate', 'src', 'dst', '--like', 'like',
               '--unlike', 'unlike']
    environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parents[2])}
    manifest = Path('dst/manifest.jsonl')
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as stopped:
        until = time.monotonic() + 60
        while time.monotonic() < until and not (manifest.exists() and manifest.read_text().count('\n') > 1):
            time.sleep(0.01)
        stopped.send_signal(number)
        assert stopped.stderr.read() == ('gluon-gan: stopped; the decisions so far are in dst, '
                                         'and the same command resumes there\n')
    assert stopped.returncode == status and 1 < manifest.read_text().count('\n') < 53
    assert run(*command[4:]) == 0
    assert run('curate', 'src', 'whole', *command[7:]) == 0
    assert manifest.read_bytes() == Path('whole/manifest.jsonl').read_bytes()
