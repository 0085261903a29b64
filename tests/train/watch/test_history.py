"""The history in memory and on disk."""
import json

import pytest

from gluon_gan.train import History
from helpers.small_trainings import loader, trainer


def test_records_in_memory_and_in_the_file(tmp_path):
    path = tmp_path / 'history.jsonl'
    gan, history = trainer(), History(path, every=2)
    gan.fit(loader(), steps=5, callbacks=[history])
    assert [record['step'] for record in history.records] == [2, 4]
    assert {'step', 'epoch', 'errD', 'errG', 'D(x)', 'D(G(z))', 'gradG', 'gradD', 'updateG', 'updateD', 'diversity',
            'saturated', 'images/s'} <= set(history.records[0])
    assert history.records[1]['epoch'] == pytest.approx(0.8)
    assert [json.loads(line) for line in path.read_text().splitlines()] == history.records


def test_resuming_removes_later_records(tmp_path):
    path = tmp_path / 'history.jsonl'
    path.write_text('{"step": 2, "errD": 1}\n{"step": 4, "errD": 1}\n{"step": 6, "er')
    gan = trainer()
    gan.steps = 3
    gan.fit(loader(), steps=4, callbacks=[History(path, every=4)])
    assert [json.loads(line)['step'] for line in path.read_text().splitlines()] == [2, 4]
