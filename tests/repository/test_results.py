"""RESULTS.md is the page that tools/results.py writes from results/*.json."""
import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_up_to_date(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / 'tools'))
    try:
        page = importlib.import_module('results').page()
    finally:
        sys.modules.pop('results', None)
    assert (ROOT / 'RESULTS.md').read_text() == page, 'run python tools/results.py --table'
