"""Run the lessons in JupyterLab in a real browser: python tools/run_in_jupyterlab.py [NOTEBOOK ...]

Each notebook is opened in a headless Chromium, and Run All Cells is executed. A lesson fails if a cell raises an error,
is not executed, or writes to stderr (which JupyterLab shows in a red box), if a widget is not displayed, if an image
does not follow a slider, or if the page asks for an address other than 127.0.0.1. The sliders are moved by the keyboard
and by the mouse. JupyterLab works on a copy of the notebooks, in a temporary folder, with its own settings, and
offline. The exit status is 1 if a lesson fails, and 2 if JupyterLab or the browser does not start.

It needs the extras ``notebooks`` and ``test``, and the packages chromium and chromium-driver of Debian.
"""
import argparse
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
LESSONS = ROOT / 'notebooks'
sys.path.append(str(ROOT / 'tests'))

from helpers import browser  # noqa: E402  (from tests)
from lab_session import page, server, sliders  # noqa: E402  (after the path that `helpers` needs)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('notebooks', nargs='*', type=Path, metavar='NOTEBOOK',
                        help='the notebooks to run (all lessons and solutions)')
    parser.add_argument('--limit', type=float, default=900, metavar='SECONDS',
                        help='how long the cells of one notebook may take (900)')
    options = parser.parse_args(argv)
    wanted = [path.resolve() for path in options.notebooks] or lessons()
    missing = [str(path) for path in wanted if not path.is_file()]
    if missing:
        return refuse(f'no such notebook: {missing[0]}')
    damaged = [str(path) for path in wanted if not is_notebook(path)]
    if damaged:
        return refuse(f'this is not a notebook: {damaged[0]}')
    if not options.limit > 0:
        return refuse(f'--limit must be a positive number of seconds, not {options.limit:g}')
    if not (browser.CHROMIUM and browser.DRIVER):
        return refuse(browser.MISSING)
    with tempfile.TemporaryDirectory(prefix='lessons-', ignore_cleanup_errors=True) as scratch:
        try:
            return 1 if run(wanted, Path(scratch), options.limit) else 0
        except RuntimeError as error:
            return refuse(str(error))


def refuse(message):
    print(f'run_in_jupyterlab.py: {message}', file=sys.stderr)
    return 2


def is_notebook(path):
    """bool: whether a file is JSON with a list of cells. JupyterLab would open a dialog for another."""
    try:
        return isinstance(json.loads(path.read_bytes())['cells'], list)
    except (ValueError, KeyError, TypeError):
        return False


def lessons():
    """list of Path: the lessons and the solutions of their exercises, in order."""
    return sorted(path for path in LESSONS.rglob('*.ipynb') if '.ipynb_checkpoints' not in path.parts)


def run(wanted, scratch, limit):
    """Run notebooks one after the other, and print a line for each; the number of those that failed."""
    course, own, profile = (scratch / name for name in ('course', 'jupyter', 'chromium'))
    for folder in (course, own, profile):
        folder.mkdir()
    paths = copies(wanted, course)
    failed = 0
    with server.running(course, own, kernel_environment()) as lab:
        driver = browser.start(profile)
        try:
            for path in paths:
                line, problems = lesson(driver, lab, path, limit)
                failed += bool(problems)
                print(line, *(f'    {problem}' for problem in problems), sep='\n', flush=True)
        finally:
            driver.quit()
    print(f'{len(paths) - failed} of {len(paths)} notebooks passed')
    return failed


def lesson(driver, lab, path, limit):
    """Run one notebook; a line of numbers, and a list of what was wrong."""
    from selenium.common.exceptions import WebDriverException

    try:
        return _lesson(driver, lab, path, limit)
    except TimeoutError as error:
        return f'FAILED {path}', [str(error)]
    except WebDriverException as error:
        return f'FAILED {path}', [f'the browser reports: {error.msg.splitlines()[0]}']


def _lesson(driver, lab, path, limit):
    began = time.monotonic()
    page.open_notebook(driver, lab, path)
    problems = page.run_all(driver, limit)
    seen = page.read(driver)
    moved, unmoved = sliders.check(driver) if not problems else (0, [])
    problems += seen.problems + unmoved
    problems += [f'error: {line}' for line in seen.errors] + [f'stderr: {line}' for line in seen.stderr]
    if seen.executed < seen.cells and not problems:
        problems.append(f'{seen.cells - seen.executed} cells were not executed')
    outside = {urlsplit(address).netloc for address in browser.requested(driver)} - {urlsplit(lab.address).netloc}
    problems += [f'the page asked {host or "another protocol"}' for host in sorted(outside)]
    page.close(driver)
    return (f"{'FAILED' if problems else 'passed'} {path}: {seen.executed} of {seen.cells} cells run, "
            f'{len(seen.errors)} errors, {len(seen.stderr)} stderr boxes, {seen.widgets} widgets, {moved} sliders, '
            f'{time.monotonic() - began:.0f} s'), problems


def copies(wanted, course):
    """Copy the notebooks into a folder, with what they read beside them.

    Lessons read files of ``notebooks`` and ``docs``, so both folders are copied whole. A notebook from elsewhere is
    copied alone, into a numbered folder.

    Returns
    -------
    list of str
        The paths of the copies, relative to `course`.
    """
    paths = []
    for number, path in enumerate(wanted):
        if LESSONS in path.parents:
            paths.append(path.relative_to(ROOT).as_posix())
        else:
            (course / f'{number}').mkdir()
            shutil.copy(path, course / f'{number}')
            paths.append(f'{number}/{path.name}')
    if any(LESSONS in path.parents for path in wanted):
        for folder in ('notebooks', 'docs'):
            shutil.copytree(ROOT / folder, course / folder, ignore=shutil.ignore_patterns('.*', '__pycache__'))
    return paths


def kernel_environment():
    """dict of str: the variables that the notebooks' own configuration of pytest sets."""
    spec = importlib.util.spec_from_file_location('notebooks_conftest', LESSONS / 'conftest.py')
    conftest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conftest)
    return conftest.kernel_environment(os.environ, os.getcwd())


if __name__ == '__main__':
    # As an exception, so that JupyterLab, its kernels and the browser are stopped as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
