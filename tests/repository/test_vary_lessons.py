"""tools/vary_lessons.py changes the parameters of a lesson and reports the cell that fails."""
import pytest

import vary_lessons

nbformat = pytest.importorskip('nbformat')

SOURCE = 'steps = 600      # training steps\nwidths = (16,\n          32)    # of G and D\nseed = 0\n'


def test_values_are_replaced_and_comments_are_kept():
    varied = vary_lessons.vary(SOURCE, {'steps': 10, 'widths': (4, 8)})
    assert varied.splitlines() == [
        'steps = 10      # training steps', 'widths = (4, 8)    # of G and D', '', 'seed = 0']
    with pytest.raises(ValueError, match='^epochs is not among the parameters of this lesson$'):
        vary_lessons.vary(SOURCE, {'epochs': 1})


def test_a_cell_that_fails_is_reported(tmp_path):
    new = nbformat.v4
    cells = [new.new_code_cell('steps = 2', metadata={'tags': ['parameters']}), new.new_code_cell('print(10 % steps)'),
             new.new_code_cell("assert steps < 4, f'too many steps: {steps}'")]
    path = tmp_path / '01_small.ipynb'
    nbformat.write(new.new_notebook(cells=cells), path)
    before = path.read_bytes()
    assert vary_lessons.run(path, {'steps': 3}) is None
    error = vary_lessons.run(path, {'steps': 5})
    assert error.startswith('AssertionError: too many steps: 5\nassert steps < 4') and path.read_bytes() == before


@pytest.mark.parametrize('text', [None, 'no JSON', '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'])
def test_what_is_no_lesson_is_refused_in_one_line(text, tmp_path, monkeypatch, capsys):
    for name in ('GLUON_GAN_OFFLINE', 'PYTHONPATH'):
        monkeypatch.setenv(name, '')       # main() sets them, and they are restored after the test
    path = tmp_path / '01_small.ipynb'
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit, match='^2$'):
        vary_lessons.main([str(path)])
    assert f'error: {path} is not a lesson with variations' in capsys.readouterr().err
