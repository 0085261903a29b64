"""The sources of the site, as Sphinx reads them: a copy of the pages, with the links of the site."""
import json
import posixpath
import re
import shutil
from importlib import metadata
from pathlib import Path, PurePosixPath

from . import pages
from .links import Links, source_page

HERE = Path(__file__).parent
MATHJAX = 'tex-svg-full.js'     # one file with all fonts: a page from the disk can load no others
EXPLORE = {                     # shipped generators with a page that runs them in the browser
    'mnist': 'handwritten digits, 28 x 28',
    'synthetic-faces': 'synthetic faces, 64 x 64',
    'quilts': 'quilts, 64 x 64',
}
FOR_NBVAL = re.compile(r'^# NBVAL_\w+[ \t]*\n', re.MULTILINE)     # comments for the test of the notebooks


def stage(root, to):
    """Write everything that Sphinx needs to a folder.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    to : pathlib.Path
        An empty folder.

    Returns
    -------
    list of pathlib.PurePosixPath
        The pages that come from the checkout, relative to it.
    """
    found = pages.find(root)
    links = Links(root, found)
    for page in found:
        _write(to / page, _notebook(root, page, links) if page.suffix == '.ipynb' else
               links.rewrite(page, (root / page).read_text()))
    for name, content in {'index.md': _start(root, found), 'explore.md': _explore()}.items():
        _write(to / name, links.rewrite(PurePosixPath(name), content))
    done = set()
    while links.shown - done:       # the page of a folder may ask for pages of its files
        for path in sorted(links.shown - done):
            done.add(path)
            _write(to / links.show(path), source_page(links, path))
    for folder, names in ((to, links.files), (to / 'extra', links.raw)):
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)
    (to / 'extra').mkdir(exist_ok=True)
    shutil.copy(HERE / 'conf.py', to)
    shutil.copytree(HERE / 'static', to / 'static')
    _copy_mathjax(to / 'static' / 'mathjax')
    return found


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _notebook(root, page, links):
    """str: a notebook with its links rewritten, and links to the generators in the browser that it uses."""
    nb = json.loads((root / page).read_text())
    for cell in nb['cells']:
        source = ''.join(cell['source'])
        cell['source'] = links.rewrite(page, source) if cell['cell_type'] == 'markdown' else FOR_NBVAL.sub('', source)
    text = '\n'.join(cell['source'] for cell in nb['cells'])
    up = posixpath.relpath('.', page.parent)
    used = [name for name in EXPLORE if re.search(rf"""(pretrained|explore)\b.{{0,12}}\b{name}\b(?!-)""", text)]
    if used or re.search(r'\bexplore\b', text):
        shown = ', '.join(f'<a href="{up}/explore/{name}/index.html">{name}</a>' for name in used)
        note = f'[Run a generator in the browser]({up}/explore.md)' + (f': {shown}' if used else '') + '.'
        nb['cells'].append({'cell_type': 'markdown', 'id': 'in-the-browser', 'metadata': {},
                            'source': f':::{{seealso}}\n{note}\n:::'})
    return json.dumps(nb)


def _start(root, found):
    """str: the start page, with the tables of lessons and the sidebar."""
    sections = pages.sections(root, found)
    course = dict(sections).get('Course', [])
    lessons = [page for page in course if page != pages.COURSE]
    text = (HERE / 'start.md').read_text()
    text = text.replace('{first}', str(lessons[0])).replace('{first_title}', pages.entry(root, lessons[0]))
    text = text.replace('{lessons}', _table(root, found))
    trees = [_toctree('', ['Explore generators in the browser <explore>'])]
    for caption, members in sections:
        trees.append(_toctree(caption, [f'{pages.entry(root, page)} <{page.with_suffix("")}>' for page in members]))
    return '\n'.join([text, *trees])


def _toctree(caption, entries):
    """str: a section of the sidebar."""
    return '\n'.join(['```{toctree}', ':hidden:', *([f':caption: {caption}'] if caption else []), '', *entries,
                      '```', ''])


def _table(root, found):
    """str: the table rows of the course's page that link to notebooks, with links from the start page.

    Notebooks that the page does not list follow in a list.
    """
    text = (root / pages.COURSE).read_text()
    lines = text.splitlines()
    kept, listed = [], set()
    for number, line in enumerate(lines):
        targets = [posixpath.normpath(pages.COURSE.parent / name) for name in pages.LINK.findall(line)]
        if line.startswith('|') and any(name.endswith('.ipynb') for name in targets):
            if not kept or kept[-1][0] != number - 1:
                head = next(n for n in range(number, -1, -1) if re.match(r'\|[ :|-]+\|$', lines[n])) - 1
                kept += [(number, ''), (number, lines[head]), (number, lines[head + 1])]
            kept.append((number, re.sub(r'(\]\()(?!\w+:)', r'\1notebooks/', line)))
            listed |= set(targets)
    rest = [page for page in found if page.suffix == '.ipynb' and page.parent == pages.COURSE.parent
            and str(page) not in listed]
    return '\n'.join([line for _, line in kept]
                     + [''] + [f'- [{pages.entry(root, page)}]({page})' for page in rest])


def _explore():
    """str: the page with the generators that run in the browser."""
    figures = [f':::{{figure}} docs/{name}.png\n:alt: generated images, {about}\n\n'
               f'<a href="explore/{name}/index.html">{name}</a>: {about}\n:::' for name, about in EXPLORE.items()]
    return (HERE / 'explore.md').read_text().replace('{figures}', '\n'.join(figures))


def _copy_mathjax(folder):
    """Copy MathJax 3.2.2 (Apache-2.0) from the package that brings it."""
    folder.mkdir()
    brought = [file for file in metadata.files('sphinx-mathjax-offline') if file.name == MATHJAX]
    shutil.copy(brought[0].locate(), folder / MATHJAX)
