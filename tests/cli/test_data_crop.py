"""``gluon-gan data crop``: its results, its messages, and how it is stopped."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A working directory with a quilt, a flat image and a broken file."""
    monkeypatch.chdir(tmp_path)
    Path('src').mkdir()
    block = np.full((32, 32, 3), (30, 40, 90), np.uint8)
    block[6:26, 6:26] = 230, 220, 200
    Image.fromarray(np.tile(block, (4, 5, 1))).save('src/quilt.png')
    Image.new('RGB', (120, 120), 'red').save('src/flat.png')
    Path('src/broken.jpg').write_text('not an image')


def run(*words):
    return cli.main(['data', 'crop', *(str(word) for word in words)])


def test_crop(capsys):
    assert run('src', 'dst', '--size', 16, '--blocks', 1, '--least-side', 24) == 0
    crops = sorted(path.name for path in Path('dst').glob('*.png'))
    settings, *rows = map(json.loads, Path('dst/manifest.jsonl').read_text().splitlines())
    assert settings['size'] == 16 and settings['least_side'] == 24 and settings['confidence'] == 0.15
    assert [row['source'] for row in rows] == ['broken.jpg', 'flat.png', 'quilt.png'] and rows[2]['crops'] == crops
    with Image.open(f'dst/{crops[0]}') as crop:
        assert len(crops) >= 9 and crop.size == (16, 16)
    assert capsys.readouterr().out == (f'{len(crops)} crops of 1 photographs; a grid in 1 of 3 photographs, 1 broken\n'
                                       '  dst/manifest.jsonl\n')


def test_no_grid_with_this_confidence_and_excluded_photographs(capsys):
    assert run('src', 'dst', '--confidence', 0.999, '--exclude', '*.jpg', '--exclude', 'flat*') == 0
    assert capsys.readouterr().out.startswith('0 crops of 0 photographs; a grid in 0 of 1 photographs, 0 broken\n')
    assert os.listdir('dst') == ['manifest.jsonl']


@pytest.mark.parametrize('words, message', [
    (['nowhere', 'dst'], 'nowhere is not a folder of images'), (['src', 'src/new'], 'overlap'),
    (['src', 'full'], 'full is not empty: choose a new folder for the crops'),
    (['src', 'dst', '--blocks', 0], '--blocks must be'), (['src', 'dst', '--size', 0], '--size must be'),
    (['src', 'dst', '--confidence', 1], 'confidence must be at least 0 and less than 1, not 1.0'),
    (['src', 'dst', '--exclude', '*'], 'leaves none of the 3 images in src')])
def test_bad_arguments_are_refused_in_one_line(capsys, words, message):
    Path('full').mkdir()
    Path('full/mine').touch()
    before = sorted(Path().rglob('*'))
    assert run(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    assert message in line or message.removeprefix('--') in line
    assert sorted(Path().rglob('*')) == before


@pytest.mark.parametrize('number, status', [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_stops_it_and_leaves_nothing_behind(number, status):
    """The process gets the signal when it has begun to write."""
    for copy in range(150):
        Path(f'src/{copy}.png').write_bytes(Path('src/quilt.png').read_bytes())
    command = [sys.executable, '-m', 'gluon_gan', 'data', 'crop', 'src', 'dst']
    environment = {**os.environ, 'PYTHONPATH': str(Path(__file__).parents[2])}
    unfinished = Path('.dst.cropping')
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as stopped:
        until = time.monotonic() + 60
        while time.monotonic() < until and not list(unfinished.glob('*.png')):
            time.sleep(0.01)
        stopped.send_signal(number)
        assert stopped.stderr.read() == 'gluon-gan: stopped; dst was not written, and the same command starts again\n'
    assert stopped.returncode == status and os.listdir() == ['src']
