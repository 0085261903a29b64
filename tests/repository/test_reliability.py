"""docs/reliability.md is the page that tools/faults.py writes from docs/reliability.json."""
import json
from pathlib import Path

from fault_injection import report

DOCS = Path(__file__).resolve().parents[2] / 'docs'


def test_the_page_is_up_to_date():
    found = json.loads((DOCS / 'reliability.json').read_text())
    assert (DOCS / 'reliability.md').read_text() == report.page(found), 'run python tools/faults.py --table'


def test_every_published_part_kept_its_promise():
    found = json.loads((DOCS / 'reliability.json').read_text())
    assert found and [name for name, part in found.items() if not part['ok']] == []
