"""Curation from start to end, with a scorer whose scores can be computed by hand."""
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

from gluon_gan.curation import curate, pipeline
from gluon_gan.support import files
from helpers.redness import Redness, fill, image, tree


@pytest.fixture
def src(tmp_path):
    return fill(tmp_path / 'src')


def rows(dst):
    return {row['path']: row for row in map(json.loads, (dst / 'manifest.jsonl').read_text().splitlines()[1:])}


def test_every_decision(src, tmp_path):
    before, dst = tree(src), tmp_path / 'dst'
    summary = curate(src, dst, Redness())
    assert str(summary) == '2 kept, 1 refused, 2 duplicate, 1 tiny, 2 broken of 8 images'
    found = rows(dst)
    assert list(found) == ['a red.png', 'b/blue.png', 'b/deep/again.png', 'b/red.jpg', 'b/reflected.png', 'c tiny.png',
                           'd.png', 'e.jpg']
    assert {path: (row['decision'], row['of']) for path, row in found.items()} == {
        'a red.png': ('kept', None), 'b/blue.png': ('refused', None), 'b/deep/again.png': ('duplicate', 'a red.png'),
        'b/red.jpg': ('kept', None), 'b/reflected.png': ('duplicate', 'b/red.jpg'), 'c tiny.png': ('tiny', None),
        'd.png': ('broken', None), 'e.jpg': ('broken', None)}
    reasons = {path: row['reason'] for path, row in found.items()}
    assert reasons['a red.png'] is None and reasons['b/blue.png'] == 'the score is below 0.5'
    assert reasons['b/reflected.png'].endswith('of 64 bits differ when mirrored')
    assert reasons['b/deep/again.png'].endswith('bits differ')
    assert reasons['c tiny.png'] == '96 x 63 pixels, less than 64'
    assert reasons['d.png'] == 'is not a readable image'
    assert reasons['e.jpg'].startswith('is damaged: ')
    assert found['a red.png']['score'] == 1 and found['b/blue.png']['score'] == 0 and found['d.png']['score'] is None
    assert (found['a red.png']['width'], found['a red.png']['height']) == (96, 80)
    for path, row in found.items():
        assert row['sha256'] == hashlib.sha256(before[path]).hexdigest()
    assert tree(dst / 'kept') == {path: before[path] for path in ('a red.png', 'b/red.jpg')}
    assert tree(src) == before
    sheets = ['kept.png', 'refused.png', 'close.png', 'duplicates.png']
    assert [path.name for path in summary.sheets] == sheets
    assert {path.name for path in dst.iterdir()} == {'.lock', 'kept', 'manifest.jsonl', *sheets}


def test_a_second_call_has_nothing_to_do(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness())
    before, second = tree(tmp_path / 'dst'), Redness()
    assert curate(src, tmp_path / 'dst', second).counts['kept'] == 2
    assert tree(tmp_path / 'dst') == before and not second.calls


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """A folder of twenty images with three duplicates and one broken file, and its curation in batches of four."""
    many, dst = tmp_path_factory.mktemp('many'), tmp_path_factory.mktemp('finished') / 'dst'
    for number in range(20):
        image(number * 12, number % 16).save(many / f'{number:02}.bmp')
    (many / '15.bmp').write_text('broken')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, 'BATCH', 4)
        summary = curate(many, dst, Redness(), 0.01)
    assert summary.counts == {'kept': 15, 'refused': 1, 'duplicate': 3, 'tiny': 0, 'broken': 1}
    return many, dst


@pytest.fixture
def many(finished, monkeypatch):
    monkeypatch.setattr(pipeline, 'BATCH', 4)
    return finished[0]


@pytest.mark.parametrize('stop', [1, 2, 5])
def test_an_interrupted_and_resumed_curation_gives_the_same_result(many, finished, tmp_path, stop):
    for stops in (stop, 1):
        with pytest.raises(KeyboardInterrupt):
            curate(many, tmp_path / 'parts', Redness(stop=stops), 0.01)
    assert len(rows(tmp_path / 'parts')) == 4 * (stop - 1)
    curate(many, tmp_path / 'parts', Redness(), 0.01)
    assert tree(tmp_path / 'parts') == tree(finished[1])


@pytest.mark.parametrize('cut', [0, 1, 40, 300, -1, -200, -1500])
def test_a_manifest_cut_off_anywhere_leads_to_the_same_result(many, finished, tmp_path, cut):
    """A killed process may leave any beginning of the manifest, and copies that are not in it yet."""
    dst = tmp_path / 'dst'
    shutil.copytree(finished[1], dst)
    path = dst / 'manifest.jsonl'
    path.write_bytes(path.read_bytes()[:cut])
    (dst / 'kept' / '.09.bmp.abcdefgh.tmp').write_text('half')
    curate(many, dst, Redness(), 0.01)
    assert tree(dst) == tree(finished[1])


def test_a_killed_curation_can_be_resumed(many, finished, tmp_path):
    """The process is killed after it has copied the images of a batch, and before it adds them to the manifest."""
    program = f'''
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from gluon_gan.curation import pipeline
from helpers.redness import Redness
pipeline.BATCH = 4
copy, left = pipeline._copy, [7]
def dying(*args):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    copy(*args)
pipeline._copy = dying
pipeline.curate({str(many)!r}, {str(tmp_path / 'dst')!r}, Redness(), 0.01)
'''
    assert subprocess.run([sys.executable, '-c', program]).returncode == -signal.SIGKILL
    assert len(rows(tmp_path / 'dst')) == 4 and len(tree(tmp_path / 'dst' / 'kept')) == 6
    curate(many, tmp_path / 'dst', Redness(), 0.01)
    assert tree(tmp_path / 'dst') == tree(finished[1])


def test_an_objection_refuses_an_image(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness({1.0: 'too red'}))
    refused = [row for row in rows(tmp_path / 'dst').values() if row['decision'] == 'refused']
    assert {row['reason'] for row in refused} == {'too red', 'the score is below 0.5'}
    assert not (tmp_path / 'dst' / 'kept').exists() and not (tmp_path / 'dst' / 'kept.png').exists()


def test_links(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness(), link=True)
    assert (tmp_path / 'dst' / 'kept' / 'b' / 'red.jpg').samefile(src / 'b' / 'red.jpg')


def test_duplicates_are_kept_on_request(src, tmp_path):
    assert curate(src, tmp_path / 'dst', Redness(), distance=-1).counts['kept'] == 4


@pytest.mark.parametrize('dst', ['src', 'src/b/new', '.'])
def test_folders_that_overlap_are_refused(src, tmp_path, dst):
    before = tree(src)
    with pytest.raises(ValueError, match='overlap: choose a folder for the result outside'):
        curate(src, tmp_path / dst, Redness())
    assert tree(src) == before


def test_folders_that_overlap_by_a_link_are_refused(src, tmp_path):
    (tmp_path / 'elsewhere').symlink_to(src)
    with pytest.raises(ValueError, match='overlap'):
        curate(src, tmp_path / 'elsewhere' / 'new', Redness())


def test_bad_arguments_are_refused_before_any_work(src, tmp_path):
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'mine').touch()
    (tmp_path / 'empty').mkdir()
    for source, target, message in (
            (src, 'full', 'is not empty, and has no manifest.jsonl'),
            (tmp_path / 'none', 'dst', 'is not a folder of images'),
            (tmp_path / 'empty', 'dst', 'holds no images'), (src, 'full/mine', 'is a file')):
        with pytest.raises(ValueError, match=message):
            curate(source, tmp_path / target, Redness())
    for name, value in (('threshold', 1.0), ('threshold', -0.1), ('least_side', 0), ('distance', -2),
                        ('threshold', float('nan'))):
        with pytest.raises(ValueError, match=f'{name} must be'):
            curate(src, tmp_path / 'dst', Redness(), **{name: value})
    assert not (tmp_path / 'dst').exists()


def test_one_process_at_a_time(src, tmp_path):
    (tmp_path / 'dst').mkdir()
    program = (f'import sys; sys.path.insert(0, {str(Path(files.__file__).parents[2])!r}); '
               f'from gluon_gan.support import files; files.lock({str(tmp_path / "dst")!r}); '
               'print(1, flush=True); sys.stdin.read()')
    with subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(ValueError, match='another process is curating in'):
            curate(src, tmp_path / 'dst', Redness())
        other.stdin.close()
    assert curate(src, tmp_path / 'dst', Redness()).counts['kept'] == 2


def test_a_file_name_that_is_not_valid_text(tmp_path):
    (tmp_path / 'src').mkdir()
    name = os.fsdecode(b'caf\xe9.png')
    image(255, 1).save(tmp_path / 'src' / 'x.png')
    try:
        (tmp_path / 'src' / 'x.png').rename(tmp_path / 'src' / name)
    except OSError:
        name = 'x.png'                 # the file system accepts only valid text
    curate(tmp_path / 'src', tmp_path / 'dst', Redness())
    assert curate(tmp_path / 'src', tmp_path / 'dst', Redness()).counts['kept'] == 1
    assert (tmp_path / 'dst' / 'kept' / name).exists()


class Adaptable(Redness):
    """A scorer whose scores depend on the images to which it is adapted: it compares with their mean."""

    def __init__(self, level=None, **kwargs):
        super().__init__(**kwargs)
        self.level, self.corpora = level, []

    def adapted(self, batches):
        squares = np.concatenate(list(batches))
        self.corpora.append(squares)
        return Adaptable(level=squares[..., 0].mean() / 255, stop=self.stop)

    def __call__(self, squares):
        scores, objections = super().__call__(squares)
        return (scores if self.level is None else np.where(scores > self.level, 0.9, 0.1)), objections


@pytest.fixture(scope='module')
def hundred(tmp_path_factory):
    """A folder of 104 images, of which three are the same, one is tiny and one is broken."""
    folder = tmp_path_factory.mktemp('hundred')
    for number in range(102):
        image(number * 2, number % 16, (66, 64)).save(folder / f'{number:03}.bmp')
    shutil.copy(folder / '000.bmp', folder / 'a.bmp')
    shutil.copy(folder / '000.bmp', folder / 'b.bmp')
    image(99, 1, (40, 40)).save(folder / '101.bmp')
    (folder / '100.bmp').write_text('broken')
    return folder


def settings(dst):
    return json.loads((dst / 'manifest.jsonl').read_text().splitlines()[0])


def test_a_scorer_adapts_to_the_folder_before_the_first_decision(hundred, tmp_path):
    scorer = Adaptable()
    curate(hundred, tmp_path / 'dst', scorer)
    corpus, = scorer.corpora
    assert len(corpus) == 100 and len({square.tobytes() for square in corpus}) == 100 and not scorer.calls
    assert settings(tmp_path / 'dst')['adapt'] is True
    reds = {number: rows(tmp_path / 'dst')[f'{number:03}.bmp']['score'] for number in (40, 60)}
    assert reds == {40: 0.1, 60: 0.9}
    before = tree(tmp_path / 'dst')
    curate(hundred, tmp_path / 'dst', again := Adaptable())
    assert not again.corpora and tree(tmp_path / 'dst') == before


@pytest.mark.parametrize('stop', [1, 3])
def test_an_interrupted_curation_adapts_to_the_same_images_again(hundred, tmp_path, stop):
    curate(hundred, tmp_path / 'whole', Adaptable())
    with pytest.raises(KeyboardInterrupt):
        curate(hundred, tmp_path / 'parts', Adaptable(stop=stop))
    assert len(rows(tmp_path / 'parts')) == 32 * (stop - 1)
    curate(hundred, tmp_path / 'parts', Adaptable())
    assert tree(tmp_path / 'parts') == tree(tmp_path / 'whole')


def test_a_large_folder_is_represented_by_a_sample_that_ignores_the_names(hundred, tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, 'SAMPLE', 40)
    renamed = tmp_path / 'renamed'
    renamed.mkdir()
    for number, path in enumerate(sorted(hundred.iterdir(), reverse=True)):
        shutil.copy(path, renamed / f'{number:03}.bmp')
    scorers = Adaptable(), Adaptable()
    for scorer, folder in zip(scorers, (hundred, renamed)):
        curate(folder, tmp_path / f'dst {folder.name}', scorer)
    one, other = (scorer.corpora[0] for scorer in scorers)
    assert len(one) == 40 and (one == other).all()


def test_no_adaptation_on_request_or_in_a_small_folder(hundred, many, tmp_path):
    for number, (folder, adapt) in enumerate([(hundred, False), (many, True)]):
        scorer = Adaptable()
        curate(folder, tmp_path / str(number), scorer, adapt=adapt)
        assert not scorer.corpora and scorer.calls and 'adapt' not in settings(tmp_path / str(number))
    with pytest.raises(ValueError, match='was started with adapt null, and now it is true'):
        curate(hundred, tmp_path / '0', Adaptable())
