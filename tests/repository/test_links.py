"""Relative links and images in the documentation lead to files, and to headings of these files."""
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path for glob in ('*.md', 'docs/**/*.md', 'datasets/*.md', 'benchmarks/*.md', 'notebooks/*.md')
               for path in ROOT.glob(glob))


def anchors(text):
    """set of str: the names that GitHub gives to the headings of a page."""
    titles = re.findall(r'^#+ (.+)$', text, re.MULTILINE)
    return {re.sub(r'[^\w -]', '', title.lower()).replace(' ', '-') for title in titles}


def broken_links(path, text):
    """list of str: the targets in a page that do not exist."""
    found = []
    for target in re.findall(r'\]\(([^)\s]+)\)|<img [^>]*src="([^"]+)"', text):
        target = ''.join(target)
        if '://' in target or target.startswith('mailto:'):
            continue
        name, _, anchor = target.partition('#')
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            found.append(target)
    return found


@pytest.mark.parametrize('path', PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(path):
    assert not broken_links(path, path.read_text())


@pytest.mark.parametrize('text, broken', [
    ('[a](page.md)', []), ('[a](page.md#the-first-one)', []), ('[a](#here)\n# Here', []), ('![b](folder/)', []),
    ('[a](https://example.org/x)', []), ('<img src="page.md" width="3">', []),
    ('[a](gone.md)', ['gone.md']), ('[a](page.md#second)', ['page.md#second']), ('<img src="x.png">', ['x.png'])])
def test_a_broken_link_is_found(tmp_path, text, broken):
    (tmp_path / 'page.md').write_text("# Page\n\n## The first one?\n")
    (tmp_path / 'folder').mkdir()
    index = tmp_path / 'index.md'
    index.write_text(text)
    assert broken_links(index, text) == broken
