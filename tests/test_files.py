"""Whole or not at all."""
import os
import stat

import pytest
from gluon_gan.files import whole


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(KeyboardInterrupt):
        with whole(path) as unfinished:
            unfinished.write_text('half of the n')
            raise KeyboardInterrupt
    assert path.read_text() == 'old' and [p.name for p in tmp_path.iterdir()] == ['a.txt']


def test_success_replaces_and_makes_folders(tmp_path):
    for text in ('one', 'two'):
        with whole(tmp_path / 'deep' / 'a.txt') as unfinished:
            unfinished.write_text(text)
    assert (tmp_path / 'deep' / 'a.txt').read_text() == 'two' and len(list((tmp_path / 'deep').iterdir())) == 1


def test_others_may_read_it(tmp_path):
    before = os.umask(0o022)
    try:
        with whole(tmp_path / 'a') as unfinished:
            unfinished.write_text('x')
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / 'a').stat().st_mode) == 0o644
