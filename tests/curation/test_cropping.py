"""Crops of a folder: their names, the manifest, and what an interruption leaves behind."""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan.curation import crop_folder, cropping
from gluon_gan.support import files
from helpers.redness import image as blotches
from helpers.redness import tree


def quilt(rows=5, columns=6, side=32):
    block = np.full((side, side, 3), (30, 40, 90), np.uint8)
    block[6:26, 6:26] = 230, 220, 200
    block[12:20, 12:20] = 200, 30, 30
    return Image.fromarray(np.tile(block, (rows, columns, 1)))


@pytest.fixture
def src(tmp_path):
    folder = tmp_path / 'src'
    (folder / 'b').mkdir(parents=True)
    quilt().save(folder / 'a.png')
    quilt(6, 6).convert('L').save(folder / 'b' / 'A.png')
    Image.new('RGB', (200, 200), 'red').save(folder / 'flat.png')
    blotches(200, 1).save(folder / 'plain.png')
    quilt(1, 1, 20).resize((8, 8)).save(folder / 'tiny.png')
    (folder / 'broken.jpg').write_text('not an image')
    return folder


def rows(dst):
    return [json.loads(line) for line in (dst / 'manifest.jsonl').read_text().splitlines()]


def test_crops_and_reasons(src, tmp_path):
    before, dst = tree(src), tmp_path / 'new' / 'dst'
    summary = crop_folder(src, dst, size=32, blocks=2)
    settings, *found = rows(dst)
    assert settings == {'images': 6, 'size': 32, 'blocks': 2, 'least_side': 48, 'confidence': 0.15, 'exclude': []}
    found = {row['source']: row for row in found}
    assert list(found) == ['a.png', 'b/A.png', 'broken.jpg', 'flat.png', 'plain.png', 'tiny.png']
    names = [name for row in found.values() for name in row['crops']]
    assert sorted([*names, 'manifest.jsonl']) == sorted(path.name for path in dst.iterdir())
    assert found['a.png']['crops'] and all(name.startswith('a_r') for name in found['a.png']['crops'])
    assert found['b/A.png']['crops'] and all(name.startswith('A-2_r') for name in found['b/A.png']['crops'])
    assert found['a.png']['grid']['period_x'] == pytest.approx(32, rel=0.02) and found['a.png']['reason'] is None
    assert set(found['a.png']['grid']) == {'period_x', 'period_y', 'angle', 'x', 'y'}
    assert found['a.png']['confidence'] > 0.5 and (found['a.png']['width'], found['a.png']['height']) == (192, 160)
    assert found['broken.jpg']['reason'] == 'is not a readable image' and found['broken.jpg']['width'] is None
    assert found['flat.png']['reason'] == found['tiny.png']['reason'] == 'no repetition'
    assert found['plain.png']['reason'] in ('no repetition', 'the confidence is below 0.15')
    with Image.open(dst / names[0]) as crop:
        assert crop.size == (32, 32) and crop.mode == 'RGB'
    assert str(summary) == f'{len(names)} crops of 2 photographs; a grid in 2 of 6 photographs, 1 broken'
    assert tree(src) == before and [path.name for path in dst.parent.iterdir()] == ['dst']


def test_crops_that_would_be_too_small(src, tmp_path):
    crop_folder(src, tmp_path / 'dst', blocks=1, exclude=['b/*', '*.jpg'])
    _, first, *_ = found = rows(tmp_path / 'dst')
    assert len(found) == 5 and not first['crops'] and first['grid']
    assert first['reason'].startswith('a crop would have 3') and first['reason'].endswith('less than 48')


def test_more_blocks_than_the_quilt_has(src, tmp_path):
    crop_folder(src, tmp_path / 'dst', blocks=9)
    assert rows(tmp_path / 'dst')[1]['reason'] == 'no square of 9 x 9 blocks lies in the quilt'


def test_an_empty_folder_is_filled_and_another_one_is_left_alone(src, tmp_path):
    (tmp_path / 'dst').mkdir()
    assert crop_folder(src, tmp_path / 'dst').crops
    before = tree(tmp_path / 'dst')
    with pytest.raises(ValueError, match='dst is not empty: choose a new folder for the crops'):
        crop_folder(src, tmp_path / 'dst')
    assert tree(tmp_path / 'dst') == before


def test_bad_arguments_are_refused_before_any_work(src, tmp_path):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'file').touch()
    before = sorted(tmp_path.rglob('*'))
    for source, target, options, message in (
            (tmp_path / 'none', 'dst', {}, 'is not a folder of images'), (tmp_path / 'empty', 'dst', {}, 'no images'),
            (src, 'src/new', {}, 'overlap'), (src, '.', {}, 'overlap'), (src, 'file', {}, 'is a file'),
            (src, 'dst', {'size': 0}, 'size must be'), (src, 'dst', {'blocks': 0}, 'blocks must be'),
            (src, 'dst', {'least_side': 0}, 'least_side must be'), (src, 'dst', {'confidence': 1}, 'confidence must'),
            (src, 'dst', {'exclude': ['*']}, 'leaves none of the 6 images')):
        with pytest.raises(ValueError, match=message):
            crop_folder(source, tmp_path / target, **options)
    assert sorted(tmp_path.rglob('*')) == before


@pytest.mark.parametrize('error', [KeyboardInterrupt, OSError(28, 'No space left on device')])
def test_an_interruption_leaves_nothing_behind(src, tmp_path, monkeypatch, error):
    calls, real = [], cropping.crops

    def failing(*args):
        calls.append(1)
        if len(calls) == 2:
            raise error
        return real(*args)
    monkeypatch.setattr(cropping, 'crops', failing)
    with pytest.raises(BaseException, match='No space|'):
        crop_folder(src, tmp_path / 'dst')
    assert [path.name for path in tmp_path.iterdir()] == ['src']
    monkeypatch.undo()
    assert crop_folder(src, tmp_path / 'dst').crops


def test_a_killed_process_is_cleaned_up_after(src, tmp_path):
    program = f'''
import os, signal, sys
sys.path.insert(0, {str(Path(files.__file__).parents[2])!r})
from gluon_gan.curation import cropping
real = cropping.crops
def dying(*args):
    if os.listdir({str(tmp_path / '.dst.cropping')!r}) != ['.lock']:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
cropping.crops = dying
cropping.BATCH = 1
cropping.crop_folder({str(src)!r}, {str(tmp_path / 'dst')!r})
'''
    assert subprocess.run([sys.executable, '-c', program]).returncode == -signal.SIGKILL
    left = tmp_path / '.dst.cropping'
    assert len(os.listdir(left)) > 1 and not (tmp_path / 'dst').exists()
    crop_folder(src, tmp_path / 'dst')
    crop_folder(src, tmp_path / 'whole')
    assert tree(tmp_path / 'dst') == tree(tmp_path / 'whole') and not left.exists()


def test_a_folder_of_the_user_is_never_removed(src, tmp_path):
    mine = tmp_path / '.dst.cropping'
    mine.mkdir()
    (mine / 'notes').write_text('mine')
    with pytest.raises(ValueError, match='is in the way of the unfinished crops: move it'):
        crop_folder(src, tmp_path / 'dst')
    assert tree(mine) == {'notes': b'mine'} and not (tmp_path / 'dst').exists()


def test_one_process_at_a_time(src, tmp_path):
    (tmp_path / '.dst.cropping').mkdir()
    program = (f'import sys; sys.path.insert(0, {str(Path(files.__file__).parents[2])!r}); '
               f'from gluon_gan.support import files; files.lock({str(tmp_path / ".dst.cropping")!r}, "cropping"); '
               'print(1, flush=True); sys.stdin.read()')
    with subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(ValueError, match='another process is cropping in'):
            crop_folder(src, tmp_path / 'dst')
        other.stdin.close()
