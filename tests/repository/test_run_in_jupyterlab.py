"""tools/run_in_jupyterlab.py finds what a person would see in JupyterLab, in small notebooks with one fault each."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import browser

nbformat = pytest.importorskip('nbformat', reason='needs the extra `notebooks`')

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / 'tools' / 'run_in_jupyterlab.py'
needs_browser = pytest.mark.skipif(not (browser.CHROMIUM and browser.DRIVER), reason=browser.MISSING)

GOOD = ['''
from gluon_gan import latent
shown = latent.Sliders(lambda z: 0.1 * z.reshape((1, 1, 2, 1)), [0.333, 0.7], dimensions=(0, 1))
shown''', '''
for value in (1, 2, 3):
    shown.sliders[0].value = value''']
# The image follows `free` only; `dead` is ignored, as a slider of an earlier lesson was.
DEAD = '''
import io
import ipywidgets
from PIL import Image
dead, free = (ipywidgets.FloatSlider(0, min=0, max=8, step=1, description=name) for name in ('dead', 'free'))
screen = ipywidgets.Image(format='png')
def show(_=None):
    file = io.BytesIO()
    Image.new('L', (8, 8), int(9 * free.value)).save(file, 'PNG')
    screen.value = file.getvalue()
free.observe(show, 'value')
show()
ipywidgets.VBox([screen, dead, free])'''
# The PNG names another value than the one that it was generated from.
WRONG = DEAD.replace('import Image', 'import Image, PngImagePlugin').replace('free', 'wrong').replace(
    "save(file, 'PNG')", "save(file, 'PNG', pnginfo=info)").replace('    file = io', '''
    info = PngImagePlugin.PngInfo()
    info.add_text('wrong', str(wrong.value + 1))
    file = io''').replace('screen, dead, wrong', 'screen, wrong').replace('screen', 'second')
# The page rounds 0.73 to 0.75 and sends that to the kernel, where it replaces 3.
ROUNDED = ['''
import ipywidgets
slider = ipywidgets.FloatSlider(0.73, max=4, step=0.25, description='alone')
slider''', 'slider.value = 3']
NOTEBOOKS = {
    'good': GOOD,
    'stderr': ["import sys\nprint('careful', file=sys.stderr)",
               "import ipywidgets\nbox = ipywidgets.Output()\nwith box:\n    print('inside', file=sys.stderr)\nbox"],
    'error': ["raise ValueError('seven')", 'print(1)'],
    'died': ['import os\nos._exit(1)'],
    'sliders': [DEAD, WRONG],
    'page': [*ROUNDED, 'from IPython.display import HTML\nHTML(\'<img src="http://192.0.2.1/logo.png">\')'],
}


def run(*arguments, **variables):
    environment = {**os.environ, 'OMP_NUM_THREADS': '1', **variables}
    return subprocess.run([sys.executable, TOOL, *map(str, arguments)], env=environment, capture_output=True, text=True)


def write(path, cells):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    notebook.metadata.kernelspec = {'name': 'python3', 'display_name': 'Python 3', 'language': 'python'}
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope='module')
def report(tmp_path_factory):
    """(process, dict): the finished tool, and for each notebook its line and the problems below it."""
    folder = tmp_path_factory.mktemp('notebooks')
    paths = [write(folder / f'{name}.ipynb', cells) for name, cells in NOTEBOOKS.items()]
    before = [path.read_bytes() for path in paths]
    process = run(*paths, '--limit', '120')
    assert [path.read_bytes() for path in paths] == before
    found, problems = {}, []
    for line in process.stdout.splitlines()[:-1]:
        if line.startswith('    '):
            problems.append(line.strip())
        else:
            problems = []
            found[re.search(r'(\w+)\.ipynb', line).group(1)] = line, problems
    return process, found


@needs_browser
def test_the_report_has_a_line_for_each_notebook_and_the_status_is_1_if_one_failed(report):
    process, found = report
    assert list(found) == list(NOTEBOOKS) and process.returncode == 1 and not process.stderr
    assert process.stdout.splitlines()[-1] == f'1 of {len(NOTEBOOKS)} notebooks passed'


@needs_browser
def test_sliders_that_react_pass(report):
    line, problems = report[1]['good']
    assert not problems
    assert re.fullmatch(r'passed \d/good.ipynb: 2 of 2 cells run, 0 errors, 0 stderr boxes, 1 widgets, 2 sliders, '
                        r'\d+ s', line)


@needs_browser
@pytest.mark.parametrize('name, numbers, problems', [
    ('stderr', '2 of 2 cells run, 0 errors, 2 stderr boxes, 1 widgets', ['stderr: careful', 'stderr: inside']),
    ('error', '1 of 2 cells run, 1 errors, 0 stderr boxes, 0 widgets', ['error: ValueError: seven']),
    ('died', '0 of 1 cells run', ['the kernel died']),
    ('sliders', '2 of 2 cells run, 0 errors, 0 stderr boxes, 2 widgets, 3 sliders', [
        "after Run All, 'wrong' shows 0.00, and its image was generated from 1.0",
        "the image does not change when 'dead' is moved (by the keyboard)"]),
    ('page', '3 of 3 cells run, 0 errors, 0 stderr boxes, 1 widgets, 1 sliders', [
        'the page set a slider to 0.75 before it was moved: use gluon_gan.latent.Sliders',
        "there is no image in the output of 'alone'", 'the page asked 192.0.2.1'])])
def test_each_fault_is_found(report, name, numbers, problems):
    line, found = report[1][name]
    assert found == problems
    assert line.startswith('FAILED') and numbers in line


@needs_browser
def test_a_notebook_that_does_not_end_is_stopped(tmp_path):
    process = run(write(tmp_path / 'endless.ipynb', ['import time\nwhile True:\n    time.sleep(1)']), '--limit', '1')
    assert process.returncode == 1 and 'did not end in 1 s' in process.stdout


def test_without_a_browser_the_message_is_one_line(tmp_path):
    process = run(PATH=str(tmp_path))
    assert process.returncode == 2 and process.stderr == f'run_in_jupyterlab.py: {browser.MISSING}\n'


@pytest.mark.parametrize('arguments, message', [
    (['nowhere.ipynb'], f"no such notebook: {Path('nowhere.ipynb').resolve()}"),
    ([__file__], f'this is not a notebook: {__file__}'),
    (['--limit', '0'], '--limit must be a positive number of seconds, not 0'),
    (['--limit', 'nan'], '--limit must be a positive number of seconds, not nan')])
def test_wrong_arguments_are_refused(arguments, message):
    process = run(*arguments)
    assert process.returncode == 2 and process.stderr == f'run_in_jupyterlab.py: {message}\n'
