"""The manifest: what is refused, and manifests of earlier versions."""
import json

import pytest

from gluon_gan.curation import curate, manifest, pipeline
from helpers.redness import Redness, fill, image, tree

# Two lines that an earlier version wrote: it called the decision a 'verdict'.
SETTINGS = ('{"images": 2, "files_sha256": "74f4cb4089b7", "scorer": "redness", "threshold": 0.5, "least_side": 64, '
            '"distance": 4}\n')
OLD_ROW = ('{"path": "b/deep/again.png", "sha256": "c5af988d3d79", "width": 84, "height": 70, '
           '"hash": "c4e67066d69b299a", "score": 1.0, "verdict": "duplicate", "reason": "2 of 64 bits differ", '
           '"of": "a red.png"}\n')


@pytest.fixture
def src(tmp_path):
    return fill(tmp_path / 'src')


def test_a_literal_line_of_an_earlier_version_is_read_and_rewritten(tmp_path):
    path = tmp_path / 'manifest.jsonl'
    path.write_text(SETTINGS + OLD_ROW)
    row = {'path': 'b/deep/again.png', 'sha256': 'c5af988d3d79', 'width': 84, 'height': 70, 'hash': 'c4e67066d69b299a',
           'score': 1.0, 'decision': 'duplicate', 'reason': '2 of 64 bits differ', 'of': 'a red.png'}
    assert manifest.read(path) == [json.loads(SETTINGS), row]
    resumed = manifest.Manifest(tmp_path, json.loads(SETTINGS), batch=1)
    assert resumed.rows == [row] and manifest.counts(resumed.rows)['duplicate'] == 1
    assert path.read_text() == SETTINGS + OLD_ROW.replace('"verdict"', '"decision"')


@pytest.mark.parametrize('done', [1, 5, 9])
def test_a_resumed_manifest_of_an_earlier_version_becomes_the_current_one(tmp_path, monkeypatch, done):
    """The first line and 0, 4 or all 8 rows are old; the result is the same, byte for byte."""
    monkeypatch.setattr(pipeline, 'BATCH', 4)
    (tmp_path / 'many').mkdir()
    for number in range(8):
        image(number * 30, number % 6).save(tmp_path / 'many' / f'{number}.bmp')
    curate(tmp_path / 'many', tmp_path / 'new', Redness(), 0.01)
    current = (tmp_path / 'new' / 'manifest.jsonl').read_text()
    (tmp_path / 'old').mkdir()
    beginning = ''.join(current.splitlines(keepends=True)[:done])
    (tmp_path / 'old' / 'manifest.jsonl').write_text(beginning.replace('"decision"', '"verdict"'))
    summary = curate(tmp_path / 'many', tmp_path / 'old', Redness(), 0.01)
    assert (tmp_path / 'old' / 'manifest.jsonl').read_text() == current
    assert summary.counts == {'kept': 6, 'refused': 1, 'duplicate': 1, 'tiny': 0, 'broken': 0}


def test_other_settings_are_refused(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness())
    before = tree(tmp_path / 'dst')
    for change, message in (
            ({'threshold': 0.4}, 'started with threshold 0.5, and now it is 0.4'),
            ({'distance': 0}, 'started with distance 4'),
            ({'least_side': 65}, 'started with least_side 64, and now it is 65: use the same settings, or choose')):
        with pytest.raises(ValueError, match=message):
            curate(src, tmp_path / 'dst', Redness(), **change)
    (src / 'new.png').write_bytes(b'')
    with pytest.raises(ValueError, match='started with images 8, and now it is 9'):
        curate(src, tmp_path / 'dst', Redness())
    assert tree(tmp_path / 'dst') == before


def test_the_line_of_the_damage_is_named(src, tmp_path):
    curate(src, tmp_path / 'dst', Redness())
    path = tmp_path / 'dst' / 'manifest.jsonl'
    lines = path.read_text().splitlines()
    for broken, message in (('{"path', 'line 3 is not JSON'), ('[]', 'line 3 is not a line of a manifest'),
                            ('{"decision": "good"}', 'line 3 is not a line of a manifest'),
                            ('{"verdict": "good"}', 'line 3 is not a line of a manifest')):
        path.write_text('\n'.join([*lines[:2], broken, *lines[3:]]) + '\n')
        with pytest.raises(ValueError, match=message):
            curate(src, tmp_path / 'dst', Redness())
