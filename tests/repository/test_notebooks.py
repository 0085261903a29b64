"""Every notebook has the form of a lesson. nbval checks its outputs: ``pytest --nbval notebooks``."""
import ast
import re
import sys
import tempfile
from pathlib import Path

import pytest

nbformat = pytest.importorskip('nbformat')

FOLDER = Path(__file__).resolve().parents[2] / 'notebooks'
NOTEBOOKS = sorted(FOLDER.glob('[0-9][0-9]_*.ipynb'))
BIGGEST = 500_000  # bytes
VERBS = set('Ask Augment Build Calculate Check Curate Find Forget Look Make Measure Scale See Take Teach Train '
            'Translate Turn Understand Walk Watch'.split())
# Folders that identify a machine: the usual ones, and those of the machine that runs this test.
USUAL = r'/(?:home|root|tmp|Users|private|var|mnt|media|opt|workspace)/|[A-Z]:\\+Users\\'
OWN = [path for path in (FOLDER.parent, Path.home(), Path(tempfile.gettempdir()), Path(sys.prefix))
       if len(path.parts) > 1]
MACHINE = re.compile('|'.join([rf'(?<![\w.~-])(?:{USUAL})',
                               *(rf'(?<!\w){re.escape(str(path))}(?!\w)' for path in OWN)]))


@pytest.fixture(scope='module', params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    """(path, NotebookNode) of each lesson."""
    nb = nbformat.read(request.param, as_version=4)
    nbformat.validate(nb)
    return request.param, nb


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == 'code']


def prose(nb):
    return '\n\n'.join(cell.source for cell in nb.cells if cell.cell_type == 'markdown')


def texts(nb):
    """Yield all texts of a notebook: its sources, and its outputs except images."""
    for cell in nb.cells:
        yield cell.source
        for output in cell.get('outputs', []):
            yield from (output.get('text', ''), *output.get('traceback', []))
            yield from (value for kind, value in output.get('data', {}).items() if kind.startswith('text/'))


def test_the_course_has_its_first_lessons():
    assert [path.name[:2] for path in NOTEBOOKS] == [f'{number:02d}' for number in range(15)]


@pytest.mark.parametrize('page', ['README.md', 'notebooks/README.md'])
def test_the_tables_of_the_course_list_every_lesson(page):
    text = (FOLDER.parent / page).read_text()
    assert [name for name in re.findall(r'\b(\d\d_\w+\.ipynb)\)', text)] == [path.name for path in NOTEBOOKS]


def test_a_lesson_begins_with_a_verb_and_ends_with_the_next_step(notebook):
    path, nb = notebook
    assert nb.cells[0].cell_type == nb.cells[-1].cell_type == 'markdown'
    titles = re.findall(r'^# (.+)', prose(nb), flags=re.MULTILINE)
    assert len(titles) == 1 and nb.cells[0].source.startswith('# ' + titles[0])
    assert titles[0].split()[0] in VERBS, titles[0]
    assert len(re.findall(r'^## Summary$', prose(nb), flags=re.MULTILINE)) == 1
    exercises = prose(nb).split('\n## Exercises\n')
    assert len(exercises) == 2
    assert re.findall(r'^(\d+)\. ', exercises[1], flags=re.MULTILINE) == ['1', '2', '3']
    following = [other.name for other in NOTEBOOKS if other.name[:2] == f'{int(path.name[:2]) + 1:02d}']
    linked = re.findall(r'^Next: \[.+\]\((.+)\)$', prose(nb).splitlines()[-1])
    assert linked == following


def test_the_targets_of_links_exist(notebook):
    for target in re.findall(r'\]\(([^)#\s]+)', prose(notebook[1])):
        assert '://' in target or (FOLDER / target).exists(), target


def test_a_lesson_was_executed_from_top_to_bottom(notebook):
    cells = code_cells(notebook[1])
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [output.ename for cell in cells for output in cell.outputs if output.output_type == 'error']
    assert not [cell.id for cell in cells if 'execution' in cell.metadata]   # the times of that run


def test_a_lesson_shows_images_and_checks_its_claims(notebook):
    cells = code_cells(notebook[1])
    kinds = [kind for cell in cells for output in cell.outputs for kind in output.get('data', {})]
    assert any(kind.startswith('image/') for kind in kinds)
    checking = [cell for cell in cells
                if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source)))]
    assert len(checking) >= 3


def test_a_lesson_runs_on_any_machine_and_reveals_none(notebook):
    path, nb = notebook
    assert nb.metadata.kernelspec.name == 'python3'
    assert path.stat().st_size < BIGGEST
    assert not [found.group() for text in texts(nb) if (found := MACHINE.search(text))]


@pytest.mark.parametrize('text', ['File /home/ann/gan/a.py', '/tmp/ipykernel_1/2.py:3: UserWarning', r'C:\Users\ann',
                                  f'in {OWN[0]}/datasets'])
def test_the_path_of_a_machine_is_found(text):
    assert MACHINE.search(text)


@pytest.mark.parametrize('text', ['https://example.org/home/page', '~/.mxnet/datasets', 'DATA/tmp/x',
                                  '../datasets/mnist.md', 'errD/errG'])
def test_other_slashes_are_not_taken_for_such_a_path(text):
    assert not MACHINE.search(text)
