"""The checks and the progress line of the lessons."""
import math

import numpy as np
import pytest

from gluon_gan.support import course
from gluon_gan.support.course import Lesson


def test_a_claim_is_printed_and_checked_with_the_original_parameters(capsys):
    lesson = Lesson({'steps': 600, 'other': 1}, steps=600)
    lesson.check('difference', np.float32(0.01234), '<', 0.1, 'The updates are equal.')
    lesson.check('digits', 1000, '==', 1000, 'All are there.')
    lesson.check('share', 0.5, 'between', (0.25, 0.75), 'About half.')
    assert lesson.changed == {} and capsys.readouterr().out.splitlines() == [
        'difference: 0.0123 (expected < 0.1)', 'digits: 1,000 (expected 1,000)',
        'share: 0.5 (expected between 0.25 and 0.75)']
    with pytest.raises(AssertionError, match=r'^difference is 0.2, but expected < 0.1. The updates are equal.$'):
        lesson.check('difference', 0.2, '<', 0.1, 'The updates are equal.')


@pytest.mark.parametrize('value', [math.nan, 0.8, 0.2])
def test_a_value_outside_and_nan_fail(value):
    with pytest.raises(AssertionError, match='but expected between 0.25 and 0.75'):
        Lesson({}).check('share', value, 'between', (0.25, 0.75), 'About half.')


def test_a_changed_parameter_is_reported_and_its_claims_are_not_checked(capsys):
    lesson = Lesson({'steps': 200, 'width': 32}, steps=600, width=32)
    assert lesson.changed == {'steps': 200}
    lesson.check('difference', 0.2, '<', 0.1, 'The updates are equal.')
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('steps = 200 (the text was written with 600). Your numbers will differ')
    assert lines[1] == 'difference: 0.2 (expected < 0.1 with the original parameters; not checked)'
    with pytest.raises(AssertionError, match='digits is 9, but expected 10. '):
        lesson.check('digits', 9, '==', 10, 'None is lost.', always=True)


def test_wrong_use_is_one_line():
    with pytest.raises(ValueError, match='^steps has no value: run the cell with the parameters first$'):
        Lesson({}, steps=600)
    with pytest.raises(ValueError, match="^there is no relation '≈'; there are <, <=, >, >=, ==, between$"):
        Lesson({}).check('x', 1, '≈', 1, 'Equal.')


class Trainer:
    goal, steps = 3, 1


def test_the_progress_of_a_training_and_of_a_loop(capsys, monkeypatch):
    times = iter(range(100))
    monkeypatch.setattr(course.time, 'monotonic', lambda: next(times))
    bar, trainer = Lesson({}).progress('training', seconds=40), Trainer()
    bar.on_begin(trainer)
    for _ in range(2):
        bar.on_step(trainer)
    bar.on_epoch(trainer)
    bar.on_end(trainer)
    assert list(Lesson({'n': 2}, n=1).track('abc', 'reading', seconds=5)) == ['a', 'b', 'c']
    assert list(Lesson({}).track(iter('ab'), 'reading')) == ['a', 'b']
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith('n = 2')]
    assert [line.split(' in ')[0] for line in lines] == ['training: 3 of 3', 'reading: 3 of 3', 'reading: 2']
    assert lines[0].endswith(' s (expected: about 40 s)')
    assert lines[1].endswith('(expected: about 5 s with the original parameters)') and lines[2].endswith(' s')


def test_a_notebook_updates_one_line_in_place(monkeypatch):
    display = pytest.importorskip('IPython.display', reason='needs the extra `notebooks`')
    texts = []

    class Handle:
        def update(self, data, raw):
            texts.append(data['text/plain'])

    def show(data, raw, display_id):
        texts.append(data['text/plain'])
        return Handle()

    monkeypatch.setattr('IPython.get_ipython', lambda: object())
    monkeypatch.setattr(display, 'display', show)
    monkeypatch.setattr(course, 'REFRESH', 0)
    assert list(Lesson({}).track(range(2), 'sampling')) == [0, 1]
    assert [text.split(',')[0].split(' in')[0] for text in texts] == [
        'sampling: 0 of 2', 'sampling: 1 of 2', 'sampling: 2 of 2', 'sampling: 2 of 2']
