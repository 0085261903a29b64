"""The pages of the site, their titles, and their order in the sidebar."""
import json
import re
from pathlib import PurePosixPath

GLOBS = ('README.md', 'RESULTS.md', 'CONTRIBUTING.md', 'benchmarks/README.md', 'docs/**/*.md', 'datasets/*.md',
         'notebooks/*.md', 'notebooks/*.ipynb', 'notebooks/solutions/*.md', 'notebooks/solutions/*.ipynb')
COURSE = PurePosixPath('notebooks/README.md')
LINK = re.compile(r'\]\(([^)\s#]+)')


def find(root):
    """The Markdown files and notebooks that become pages.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.

    Returns
    -------
    list of pathlib.PurePosixPath
        Relative to ``root``, sorted.
    """
    found = {PurePosixPath(path.relative_to(root).as_posix()) for glob in GLOBS for path in root.glob(glob)}
    return sorted(path for path in found if not any(part.startswith('.') for part in path.parts))


def markdown(root, page):
    """str: the Markdown of a page, which for a notebook is that of its Markdown cells."""
    text = (root / page).read_text()
    if page.suffix != '.ipynb':
        return text
    cells = json.loads(text)['cells']
    return '\n\n'.join(''.join(cell['source']) for cell in cells if cell['cell_type'] == 'markdown')


def title(root, page):
    """str: the first heading of a page, without its formatting; the name of the file if there is no heading."""
    heading = re.search(r'^# +(.+?)[ #]*$', markdown(root, page), re.MULTILINE)
    return re.sub(r'[`*]|\]\([^)]*\)|\[', '', heading[1]) if heading else page.stem


def entry(root, page):
    """str: the text of a page in the sidebar, for a lesson with its number."""
    number = re.match(r'(\d+)_', page.name)
    return f'{number[1]} {title(root, page)}' if number else title(root, page)


def ordered(root, index, pages):
    """Some pages in the order in which an index links to them; the pages that it does not mention follow by name.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    index : pathlib.PurePosixPath
        The page with the links; it becomes the first if it is in ``pages``.
    pages : list of pathlib.PurePosixPath
        The pages to arrange.
    """
    text = (root / index).read_text() if (root / index).exists() else ''
    linked = [index, *((index.parent / target) for target in LINK.findall(text))]
    rank = {page: position for position, page in reversed(list(enumerate(linked)))}
    return sorted(pages, key=lambda page: (rank.get(page, len(linked)), page))


def sections(root, pages):
    """The sidebar: lessons, appendix, solutions, documentation and data sets.

    A notebook whose name begins with a number is a lesson; the other notebooks are the appendix.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    pages : list of pathlib.PurePosixPath
        The result of :func:`find`.

    Returns
    -------
    list of (str, list of pathlib.PurePosixPath)
        The caption of each section and its pages, without empty sections. Each page is in one of them.
    """
    course = [page for page in pages if page.parent == COURSE.parent]
    lessons = sorted(page for page in course if re.match(r'\d+_', page.name))
    solutions = [page for page in pages if page.parts[:2] == ('notebooks', 'solutions')]
    data = [page for page in pages if page.parts[0] == 'datasets']
    rest = [page for page in pages if page not in {*course, *solutions, *data}]
    package = [page for page in rest if page == PurePosixPath('README.md')]
    docs = ordered(root, PurePosixPath('docs/README.md'), [page for page in rest if page not in package])
    found = [
        ('Course', [page for page in course if page == COURSE] + lessons),
        ('Appendix', [page for page in course if page != COURSE and page not in lessons]),
        ('Solutions', ordered(root, PurePosixPath('notebooks/solutions/README.md'), solutions)),
        ('Documentation', package + docs),
        ('Data sets', ordered(root, PurePosixPath('datasets/README.md'), data)),
    ]
    return [(caption, members) for caption, members in found if members]
