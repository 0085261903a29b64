"""The parts that build the site: the order of pages, the links of the site, and the check of a built site."""
import json
from pathlib import PurePosixPath

import pytest

from course_site import check, pages
from course_site.links import Links, source_page


@pytest.fixture
def root(tmp_path):
    """A made-up checkout."""
    files = {
        'README.md': '# Package', 'datasets/x.md': '# X', 'docs/README.md': '# Docs\n[b](b.md) [a](a.md)',
        'docs/a.md': '# A *b* `c`', 'docs/b.md': 'no title', 'docs/.b.md': '', 'docs/glossary.md': '# Glossary',
        'docs/a.png': '', 'notebooks/README.md': '# Course', 'notebooks/runs/README.md': '# a run',
        'notebooks/histories/h.json': '{}', 'notebooks/histories/h.npz': 'npz',
        'notebooks/histories/big.npz': 'n' * 2_000_000, 'tools/t.py': 'x = "```"\n'}
    cells = [{'cell_type': 'code', 'source': '# no heading'}, {'cell_type': 'markdown', 'source': ['# Two\n', 'words']}]
    for name in ('02_two', '10_ten', 'appendix_check', 'solutions/02_two'):
        files[f'notebooks/{name}.ipynb'] = json.dumps({'cells': cells})
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


# --- pages ---

def test_pages_are_found_and_ordered(root):
    found = pages.find(root)
    assert not {'docs/.b.md', 'notebooks/runs/README.md'} & set(map(str, found))
    assert [(caption, [str(page) for page in members]) for caption, members in pages.sections(root, found)] == [
        ('Course', ['notebooks/README.md', 'notebooks/02_two.ipynb', 'notebooks/10_ten.ipynb']),
        ('Appendix', ['notebooks/appendix_check.ipynb']),
        ('Solutions', ['notebooks/solutions/02_two.ipynb']),
        ('Documentation', ['README.md', 'docs/README.md', 'docs/b.md', 'docs/a.md', 'docs/glossary.md']),
        ('Data sets', ['datasets/x.md'])]


@pytest.mark.parametrize('page, expected', [
    ('docs/a.md', 'A b c'), ('docs/b.md', 'b'), ('notebooks/02_two.ipynb', '02 Two'),
    ('notebooks/appendix_check.ipynb', 'Two')])
def test_the_sidebar_shows_titles(root, page, expected):
    assert pages.entry(root, PurePosixPath(page)) == expected


# --- links ---

@pytest.mark.parametrize('text, expected', [
    ('[a](a.md#The-first?)', '[a](a.md#the-first)'),
    ('[a](#Here)', '[a](#here)'),
    ('[lesson](../notebooks/02_two.ipynb)', '[lesson](../notebooks/02_two.ipynb)'),
    ('[`t`](../tools/t.py)', '[`t`](../source/tools/t.py.md)'),
    ('[folder](../notebooks/histories/)', '[folder](../source/notebooks/histories/index.md)'),
    ('[course](../notebooks)', '[course](../notebooks/README.md)'),
    ('![image](a.png)', '![image](a.png)'),
    ('<a href="a.md#x">', '<a href="a.html#x">'),
    ('<a href="../tools/t.py">', '<a href="../source/tools/t.py.html">'),
    ('[w](https://example.org/A#B)', '[w](https://example.org/A#B)'),
    ('[m](mailto:a@example.org)', '[m](mailto:a@example.org)'),
    ('[gone](gone.md) [outside](../../x.md)', '[gone](gone.md) [outside](../../x.md)'),
    ('`[t](../tools/t.py)` ``[t](../tools/t.py)``', '`[t](../tools/t.py)` ``[t](../tools/t.py)``'),
    ('```\n[t](../tools/t.py)\n```\n', '```\n[t](../tools/t.py)\n```\n')])
def test_links_become_those_of_the_site(root, text, expected):
    assert Links(root, pages.find(root)).rewrite(PurePosixPath('docs/a.md'), text) == expected


def test_files_that_pages_need_are_noted(root):
    links = Links(root, pages.find(root))
    links.rewrite(PurePosixPath('docs/a.md'), '<img src="a.png"> [h](../notebooks/histories/h.npz) [t](../tools/t.py)')
    assert {str(path) for path in links.files} == {'docs/a.png', 'notebooks/histories/h.npz'}
    assert {str(path) for path in links.raw} == {'docs/a.png'}
    assert {str(path) for path in links.shown} == {'tools/t.py'}


def test_a_source_file_is_shown_with_a_longer_fence_than_its_own(root):
    text = source_page(Links(root, []), PurePosixPath('tools/t.py'))
    assert text.startswith('---\norphan: true\nnosearch: true\n')
    assert text.endswith('\n``````python\nx = "```"\n``````\n')


def test_a_folder_lists_its_files_and_links_to_the_small_ones(root):
    links = Links(root, [])
    text = source_page(links, PurePosixPath('notebooks/histories'))
    assert '| [h.json](h.json.md) | 2 |' in text and '| `big.npz` | 2,000,000 |' in text
    assert '| [h.npz](../../../notebooks/histories/h.npz) | 3 |' in text
    assert {str(path) for path in links.files} == {'notebooks/histories/h.npz'}


# --- the check ---

@pytest.mark.parametrize('text, problem', [
    ('<a href="b.html#here">', None), ('<a href="#top"><p id="top">', None), ('<a href="https://example.org">', None),
    ('<img src="data:image/png;base64,xx">', None), ('<link rel="next" href="b.html">', None),
    ('<a href="s/%62.txt">', None), ('<a href="gone.html">', 'no such file'), ('<a href="s">', 'no such file'),
    ('<a href="b.html#gone">', 'no such anchor'), ('<a href="#gone">', 'no such anchor'),
    ('<img src="gone.png">', 'no such file'), ('<img srcset="gone.png 2x">', 'no such file'),
    ('<a href="/b.html">', 'absolute'), ('<a href="../x.html">', 'out of the site'),
    ('<script src="https://example.org/a.js"></script>', 'another host'),
    ('<img src="//example.org/a.png">', 'another host'),
    ('<link rel="stylesheet" href="https://example.org/a.css">', 'another host'),
    ('<style>@import "https://example.org/a.css";</style>', 'another host'),
    ('<p style="background: url(https://example.org/a.png)">', 'another host')])
def test_the_check_finds_what_does_not_hold(tmp_path, text, problem):
    site = tmp_path / 'site'
    (site / 's').mkdir(parents=True)
    (tmp_path / 'x.html').write_text('')
    (site / 's/b.txt').write_text('')
    (site / 'b.html').write_text('<h1 id="here">')
    (site / 'a.html').write_text(text)
    found = check.problems(site)
    assert len(found) == (problem is not None) and (not problem or problem in found[0]), found


def test_the_check_reads_stylesheets(tmp_path):
    (tmp_path / 'a.css').write_text('p { src: url("gone.woff") } q { src: url(https://example.org/f.woff) }')
    assert [problem.split(': ')[-1] for problem in check.problems(tmp_path)] == [
        'there is no such file', 'loaded from another host']
