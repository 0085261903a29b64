"""The whole of a curation, with a scorer that can be worked out by hand."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gluon_gan import files
from gluon_gan.data import curate
from gluon_gan.data.curation import run
from PIL import Image
from redness import Redness, fill, picture


@pytest.fixture
def src(tmp_path):
    return fill(tmp_path / 'src')


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob('*')) if path.is_file()}


def rows(dst):
    return {row['path']: row for row in map(json.loads, (dst / 'manifest.jsonl').read_text().splitlines()[1:])}


def test_every_verdict(src, tmp_path):
    before, dst = tree(src), tmp_path / 'dst'
    summary = curate(src, dst, Redness())
    assert str(summary) == '2 kept, 1 refused, 2 duplicate, 1 tiny, 2 broken of 8 images'
    found = rows(dst)
    assert list(found) == ['a red.png', 'b/blue.png', 'b/deep/again.png', 'b/red.jpg', 'b/turned.png', 'c tiny.png', 'd.png', 'e.jpg']
    assert {path: (row['verdict'], row['of']) for path, row in found.items()} == {
        'a red.png': ('kept', None), 'b/blue.png': ('refused', None), 'b/deep/again.png': ('duplicate', 'a red.png'), 'b/red.jpg': ('kept', None),
        'b/turned.png': ('duplicate', 'b/red.jpg'), 'c tiny.png': ('tiny', None), 'd.png': ('broken', None), 'e.jpg': ('broken', None)}
    reasons = {path: row['reason'] for path, row in found.items()}
    assert reasons['a red.png'] is None and reasons['b/blue.png'] == 'the score is below 0.5'
    assert reasons['b/turned.png'].endswith('of 64 bits differ when mirrored') and reasons['b/deep/again.png'].endswith('bits differ')
    assert reasons['c tiny.png'] == '96 x 63 pixels, and 64 are the least' and reasons['d.png'] == 'is no picture that can be read'
    assert reasons['e.jpg'].startswith('is damaged: ')
    assert found['a red.png']['score'] == 1 and found['b/blue.png']['score'] == 0 and found['d.png']['score'] is None
    assert (found['a red.png']['width'], found['a red.png']['height']) == (96, 80)
    for path, row in found.items():
        assert row['sha256'] == hashlib.sha256(before[path]).hexdigest()
    assert tree(dst / 'kept') == {path: before[path] for path in ('a red.png', 'b/red.jpg')}
    assert tree(src) == before
    assert [path.name for path in summary.sheets] == ['kept.png', 'refused.png', 'close.png', 'duplicates.png']
    assert {path.name for path in dst.iterdir()} == {'.lock', 'kept', 'manifest.jsonl', *(path.name for path in summary.sheets)}


def test_again_has_nothing_to_do(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness())
    before, second = tree(tmp_path / 'dst'), Redness()
    assert curate(src, tmp_path / 'dst', second).counts['kept'] == 2
    assert tree(tmp_path / 'dst') == before and not second.calls


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """Twenty pictures, three of them twice and one broken, and what became of them in batches of four."""
    many, dst = tmp_path_factory.mktemp('many'), tmp_path_factory.mktemp('finished') / 'dst'
    for number in range(20):
        picture(number * 12, number % 16).save(many / f'{number:02}.bmp')
    (many / '15.bmp').write_text('broken')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, 'BATCH', 4)
        assert curate(many, dst, Redness(), 0.01).counts == {'kept': 15, 'refused': 1, 'duplicate': 3, 'tiny': 0, 'broken': 1}
    return many, dst


@pytest.fixture
def many(finished, monkeypatch):
    monkeypatch.setattr(run, 'BATCH', 4)
    return finished[0]


@pytest.mark.parametrize('stop', [1, 2, 5])
def test_interrupted_and_resumed_it_is_the_same(many, finished, tmp_path, stop):
    for stops in (stop, 1):
        with pytest.raises(KeyboardInterrupt):
            curate(many, tmp_path / 'parts', Redness(stop=stops), 0.01)
    assert len(rows(tmp_path / 'parts')) == 4 * (stop - 1)
    curate(many, tmp_path / 'parts', Redness(), 0.01)
    assert tree(tmp_path / 'parts') == tree(finished[1])


@pytest.mark.parametrize('cut', [0, 1, 40, 300, -1, -200, -1500])
def test_torn_anywhere_it_is_the_same(many, finished, tmp_path, cut):
    """A killed process can leave any beginning of the manifest, and more copies than it knows of."""
    dst = tmp_path / 'dst'
    shutil.copytree(finished[1], dst)
    path = dst / 'manifest.jsonl'
    path.write_bytes(path.read_bytes()[:cut])
    (dst / 'kept' / '.09.bmp.abcdefgh.tmp').write_text('half')
    curate(many, dst, Redness(), 0.01)
    assert tree(dst) == tree(finished[1])


def test_killed_it_goes_on(many, finished, tmp_path):
    """kill -9 from within, before the manifest knows of a batch whose copies are there."""
    program = f'''
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from gluon_gan.data.curation import run
from redness import Redness
run.BATCH = 4
take, left = run._take, [7]
def dying(*args):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    take(*args)
run._take = dying
run.curate({str(many)!r}, {str(tmp_path / 'dst')!r}, Redness(), 0.01)
'''
    assert subprocess.run([sys.executable, '-c', program]).returncode == -signal.SIGKILL
    assert len(rows(tmp_path / 'dst')) == 4 and len(tree(tmp_path / 'dst' / 'kept')) == 6
    curate(many, tmp_path / 'dst', Redness(), 0.01)
    assert tree(tmp_path / 'dst') == tree(finished[1])


def test_objections(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness({1.0: 'too red'}))
    assert {row['reason'] for row in rows(tmp_path / 'dst').values() if row['verdict'] == 'refused'} == {'too red', 'the score is below 0.5'}
    assert not (tmp_path / 'dst' / 'kept').exists() and not (tmp_path / 'dst' / 'kept.png').exists()


def test_other_settings_are_refused(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness())
    before = tree(tmp_path / 'dst')
    for change, said in (({'threshold': 0.4}, 'begun with threshold 0.5, and now it is 0.4'), ({'distance': 0}, 'begun with distance 4'),
                         ({'least_side': 65}, 'begun with least_side 64, and now it is 65: go on with the same, or choose another folder')):
        with pytest.raises(ValueError, match=said):
            curate(src, tmp_path / 'dst', Redness(), **change)
    (src / 'new.png').write_bytes(b'')
    with pytest.raises(ValueError, match='begun with images 8, and now it is 9'):
        curate(src, tmp_path / 'dst', Redness())
    assert tree(tmp_path / 'dst') == before


def test_links(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness(), link=True)
    assert (tmp_path / 'dst' / 'kept' / 'b' / 'red.jpg').samefile(src / 'b' / 'red.jpg')


def test_duplicates_are_kept_on_demand(src, tmp_path):
    assert curate(src, tmp_path / 'dst', Redness(), distance=-1).counts['kept'] == 4


@pytest.mark.parametrize('dst', ['src', 'src/b/new', '.'])
def test_folders_within_each_other(src, tmp_path, dst):
    before = tree(src)
    with pytest.raises(ValueError, match='lie within each other'):
        curate(src, tmp_path / dst, Redness())
    assert tree(src) == before


def test_a_link_does_not_hide_that(src, tmp_path):
    (tmp_path / 'elsewhere').symlink_to(src)
    with pytest.raises(ValueError, match='lie within each other'):
        curate(src, tmp_path / 'elsewhere' / 'new', Redness())


def test_refused_at_the_door(src, tmp_path):
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'mine').touch()
    (tmp_path / 'empty').mkdir()
    for where, what, said in ((src, 'full', 'is not empty, and has no manifest.jsonl'), (tmp_path / 'none', 'dst', 'is no folder of pictures'),
                              (tmp_path / 'empty', 'dst', 'holds no pictures'), (src, 'full/mine', 'is a file')):
        with pytest.raises(ValueError, match=said):
            curate(where, tmp_path / what, Redness())
    for name, value in (('threshold', 1.0), ('threshold', -0.1), ('least_side', 0), ('distance', -2), ('threshold', float('nan'))):
        with pytest.raises(ValueError, match=f'{name} must be'):
            curate(src, tmp_path / 'dst', Redness(), **{name: value})
    assert not (tmp_path / 'dst').exists()


def test_one_process_at_a_time(src, tmp_path):
    (tmp_path / 'dst').mkdir()
    program = f'import sys; sys.path.insert(0, {str(Path(files.__file__).parents[1])!r}); from gluon_gan import files; ' \
              f'files.lock({str(tmp_path / "dst")!r}); print(1, flush=True); sys.stdin.read()'
    with subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(ValueError, match='another process is curating in'):
            curate(src, tmp_path / 'dst', Redness())
        other.stdin.close()
    assert curate(src, tmp_path / 'dst', Redness()).counts['kept'] == 2


def test_a_damaged_manifest_is_named(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness())
    path = tmp_path / 'dst' / 'manifest.jsonl'
    lines = path.read_text().splitlines()
    for broken, said in (('{"path', 'line 3 is not JSON'), ('[]', 'line 3 is no line of a manifest'), ('{"verdict": "good"}', 'line 3 is no line')):
        path.write_text('\n'.join([*lines[:2], broken, *lines[3:]]) + '\n')
        with pytest.raises(ValueError, match=said):
            curate(src, tmp_path / 'dst', Redness())


def test_a_name_that_is_no_text(tmp_path):
    (tmp_path / 'src').mkdir()
    name = os.fsdecode(b'caf\xe9.png')
    picture(255, 1).save(tmp_path / 'src' / 'x.png')
    try:
        (tmp_path / 'src' / 'x.png').rename(tmp_path / 'src' / name)
    except OSError:
        name = 'x.png'                 # a file system that has only names that are text
    curate(tmp_path / 'src', tmp_path / 'dst', Redness())
    assert curate(tmp_path / 'src', tmp_path / 'dst', Redness()).counts['kept'] == 1 and (tmp_path / 'dst' / 'kept' / name).exists()


def test_sheets_can_be_looked_at(src, tmp_path):
    for path in curate(src, tmp_path / 'dst', Redness()).sheets:
        with Image.open(path) as sheet:
            sheet.load()
            assert sheet.mode == 'RGB' and sheet.height > 96 and sheet.width > 96
            assert len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 100
