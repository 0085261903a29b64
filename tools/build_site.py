"""Build the site of the course and the documentation: python tools/build_site.py

The notebooks are not executed; their committed outputs are shown. No network is needed. The site is built in a
temporary folder beside its own, checked, and renamed, so that ``--to`` never holds a part of a site. The exit status is
1, and an existing site is kept, if Sphinx warns of anything or a link does not hold.
"""
import argparse
import contextlib
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path, PurePosixPath

from course_site import check
from course_site.search import write_texts
from course_site.stage import EXPLORE, stage

ROOT = Path(__file__).resolve().parents[1]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--to', type=Path, default=ROOT / 'site', help='the folder of the site; default: site/')
    parser.add_argument('--root', type=Path, default=ROOT, help='the checkout; by default the one of this script')
    args = parser.parse_args(argv)
    to, root = args.to.resolve(), args.root.resolve()
    if to.exists() and not replaceable(to):
        parser.error(f'{args.to} holds other files than a site: name an empty folder with --to')
    if not any((root / 'notebooks').glob('[0-9]*.ipynb')):
        parser.error(f'{args.root} has no lessons in notebooks/: name a checkout with --root')
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f'{to.name}.', suffix='.part', dir=to.parent) as work:
        problems = build(root, Path(work))
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            print(f'build_site: {len(problems)} problems, listed above; {args.to} is unchanged', file=sys.stderr)
            return 1
        if to.exists():
            to.rename(Path(work) / 'old')
        (Path(work) / 'site').rename(to)
    print(f'{args.to / "index.html"}: open it in a browser')
    return 0


def replaceable(folder):
    """bool: whether a folder is empty, or holds nothing but a site or pages of generators."""
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / 'searchindex.js').exists()
                                or all((page / 'model.json').exists() for page in folder.glob('*'))
                                or all(page.name == 'explore' for page in folder.iterdir()))


def build(root, work):
    """Build the site in ``work / 'site'``.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    work : pathlib.Path
        An empty folder, for the site and what is needed to make it.

    Returns
    -------
    list of str
        The warnings of Sphinx, or else the links that do not hold; empty if the site is good.
    """
    from sphinx.cmd.build import build_main

    source, site = work / 'source', work / 'site'
    source.mkdir()
    found = stage(root, source)
    warnings = io.StringIO()
    with contextlib.redirect_stderr(warnings):
        status = build_main(['-q', '--no-color', '-b', 'html', '-d', str(work / 'doctrees'), str(source), str(site)])
    problems = [in_cell(line.replace(f'{source}/', '')) for line in warnings.getvalue().splitlines() if line.strip()]
    if status or problems:
        return problems or [f'Sphinx ended with {status}']
    tidy(root, site, found)
    write_texts(site, [*found, PurePosixPath('index'), PurePosixPath('explore')])
    explore_pages(site / 'explore')
    return check.problems(site)


def tidy(root, site, found):
    """Put the notebooks as they are in the repository behind the download buttons, and remove what no page uses."""
    for page in found:
        shutil.copy(root / page, site / '_sources' / page)
    for path in [site / '.buildinfo', *site.glob('_static/*macros.html')]:
        path.unlink()
    for path in site.rglob('*.html'):
        text = path.read_text()
        if '<link rel="preload"' in text:       # of fonts, which a browser does not load ahead from the disk
            path.write_text(re.sub(r'<link rel="preload"[^>]*>', '', text))


def in_cell(warning):
    """str: a warning of Sphinx with the number of the cell; MyST-NB gives line 26 of cell 4 as line 40026."""
    return re.sub(r'^(\S+\.ipynb):(\d+)', lambda at: f'{at[1]}, cell {int(at[2]) // 10_000}', warning)


def explore_pages(folder):
    """Write the pages that run shipped generators in the browser, one subfolder for each."""
    from gluon_gan.export import explore

    for name in EXPLORE:
        explore.write(name, folder / name)


if __name__ == '__main__':
    raise SystemExit(main())
