"""Every notebook has the form of a lesson. nbval checks its outputs: ``pytest --nbval notebooks``."""
import ast
import base64
import io
import re
import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

nbformat = pytest.importorskip('nbformat')

FOLDER = Path(__file__).resolve().parents[2] / 'notebooks'
LESSONS = [*sorted(FOLDER.glob('[0-9][0-9]_*.ipynb')), *sorted(FOLDER.glob('appendix_*.ipynb'))]
SOLUTIONS = sorted((FOLDER / 'solutions').glob('*.ipynb'))
BIGGEST, BIGGEST_PICTURE = 500_000, 60_000       # bytes
WIDEST = 800                                     # pixels: of a figure and of the picture at the top
LONGEST = 100                                    # characters of a line of code
# Folders that identify a machine: the usual ones, and those of the machine that runs this test.
USUAL = r'/(?:home|root|tmp|Users|private|var|mnt|media|opt|workspace)/|[A-Z]:\\+Users\\'
OWN = [path for path in (FOLDER.parent, Path.home(), Path(tempfile.gettempdir()), Path(sys.prefix))
       if len(path.parts) > 1]
MACHINE = re.compile('|'.join([rf'(?<![\w.~-])(?:{USUAL})',
                               *(rf'(?<!\w){re.escape(str(path))}(?!\w)' for path in OWN)]))
EFFORT = re.compile(r'\*\((?:easy|medium|hard), \d+ minutes\)\*$')


def read(path):
    """(path, NotebookNode)"""
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    return path, nb


@pytest.fixture(scope='module', params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return read(request.param)


@pytest.fixture(scope='module', params=SOLUTIONS, ids=lambda path: f'solutions/{path.stem}')
def solution(request):
    return read(request.param)


@pytest.fixture(scope='module', params=LESSONS + SOLUTIONS, ids=lambda path: f'{path.parent.name}/{path.stem}')
def notebook(request):
    return read(request.param)


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == 'code']


def prose(nb):
    return '\n\n'.join(cell.source for cell in nb.cells if cell.cell_type == 'markdown')


def tree(cell):
    """The syntax tree of a cell; its magics and shell commands are left out."""
    return ast.parse('\n'.join('pass' if line.startswith(('%', '!')) else line for line in cell.source.splitlines()))


def texts(nb):
    """Yield all texts of a notebook: its sources, and its outputs except images."""
    for cell in nb.cells:
        yield cell.source
        yield from printed(cell)


def printed(cell):
    for output in cell.get('outputs', []):
        yield from (output.get('text', ''), *output.get('traceback', []))
        yield from (value for kind, value in output.get('data', {}).items() if kind.startswith('text/'))


def calls(nb, attribute):
    """list of ast.Call: the calls of ``lesson.ATTRIBUTE`` or ``gg.course.ATTRIBUTE``."""
    return [node for cell in code_cells(nb) for node in ast.walk(tree(cell))
            if isinstance(node, ast.Call) and getattr(node.func, 'attr', '') == attribute]


def test_the_course_has_all_its_lessons():
    assert [path.name[:2] for path in LESSONS] == [f'{number:02d}' for number in range(1, 21)] + ['ap']
    assert [path.name for path in SOLUTIONS] == [path.name for path in LESSONS]


@pytest.mark.parametrize('page, link', [('README.md', 'notebooks/'), ('notebooks/README.md', ''),
                                        ('notebooks/README.md', 'solutions/')])
def test_the_tables_of_the_course_list_every_lesson(page, link):
    text = (FOLDER.parent / page).read_text()
    assert re.findall(rf'\]\({link}((?:\d\d|appendix)_\w+\.ipynb)\)', text) == [path.name for path in LESSONS]


def test_a_lesson_begins_with_its_picture_and_ends_with_the_next_step(lesson):
    path, nb = lesson
    assert nb.cells[0].cell_type == nb.cells[-1].cell_type == 'markdown'
    titles = re.findall(r'^# (.+)', prose(nb), flags=re.MULTILINE)
    assert len(titles) == 1 and nb.cells[0].source.startswith('# ' + titles[0])
    picture = re.search(r'!\[[^]]{20,}\]\((images/\w+\.png)\)', nb.cells[0].source)
    assert picture, 'the first cell shows the picture that the lesson ends in, and says in words what it shows'
    content = (FOLDER / picture[1]).read_bytes()
    assert len(content) < BIGGEST_PICTURE and Image.open(io.BytesIO(content)).width <= WIDEST
    for bullet in ('You will build', 'You will learn', 'You will need'):
        assert f'- **{bullet}**' in nb.cells[0].source
    assert len(re.findall(r'^## Summary$', prose(nb), flags=re.MULTILINE)) == 1
    position = LESSONS.index(path)
    linked = re.findall(r'^Next: \[.+\]\((.+)\)$', prose(nb).splitlines()[-1])
    assert linked == [other.name for other in LESSONS[position + 1:position + 2]]


def test_a_lesson_has_three_exercises_with_their_effort_and_solutions(lesson):
    path, nb = lesson
    exercises = prose(nb).split('\n## Exercises\n')
    assert len(exercises) == 2
    items = re.findall(r'^(\d+)\. ((?:.+\n?)+?)(?=\d+\. |\n|\Z)', exercises[1], flags=re.MULTILINE)
    assert [number for number, _ in items] == ['1', '2', '3']
    assert all(EFFORT.search(text.strip()) for _, text in items), [text[-60:] for _, text in items]
    assert f'](solutions/{path.name})' in exercises[1]


def test_a_solution_solves_all_three_and_leads_back(solution):
    path, nb = solution
    assert re.match(r'# Solutions: .+', nb.cells[0].source)
    assert re.findall(r'^## Exercise (\d)', prose(nb), flags=re.MULTILINE) == ['1', '2', '3']
    assert re.search(rf'^Back to \[.+\]\(\.\./{re.escape(path.name)}\)$', prose(nb).splitlines()[-1])
    assert calls(nb, 'check')


def test_the_parameters_are_in_one_cell_and_the_lesson_knows_their_original_values(notebook):
    _, nb = notebook
    tagged = [cell for cell in nb.cells if 'parameters' in cell.metadata.get('tags', [])]
    assert tagged == code_cells(nb)[:1]
    statements = ast.parse(tagged[0].source).body
    values = {node.targets[0].id: ast.literal_eval(node.value) for node in statements}
    original, = calls(nb, 'Lesson')
    assert {keyword.arg: ast.literal_eval(keyword.value) for keyword in original.keywords} == values and values


def test_three_variations_of_the_parameters_are_tried(lesson):
    _, nb = lesson
    variations = nb.metadata['gluon_gan']['variations']
    names = {node.targets[0].id for node in ast.parse(code_cells(nb)[0].source).body}
    assert len(variations) == 3 and all(each and set(each) <= names for each in variations)


def test_the_targets_of_links_exist(notebook):
    path, nb = notebook
    for target in re.findall(r'\]\(([^)#\s]+)', prose(nb)):
        assert '://' in target or (path.parent / target).exists(), target


def test_a_notebook_was_executed_from_top_to_bottom(notebook):
    cells = code_cells(notebook[1])
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output.ename for output in outputs if output.output_type == 'error']
    assert not [output.text for output in outputs if output.get('name') == 'stderr']
    assert not [cell.id for cell in cells if 'execution' in cell.metadata]   # the times of that run


def test_a_lesson_shows_images_and_checks_its_claims(lesson):
    _, nb = lesson
    kinds = [kind for cell in code_cells(nb) for output in cell.outputs for kind in output.get('data', {})]
    assert any(kind.startswith('image/') for kind in kinds)
    assert len(calls(nb, 'check')) >= 3


def test_every_check_explains_itself(notebook):
    _, nb = notebook
    bare = [ast.unparse(node) for cell in code_cells(nb) for node in ast.walk(tree(cell))
            if isinstance(node, ast.Assert) and node.msg is None]
    assert not bare, 'an assert without a message'


def test_outputs_are_numbers_and_not_true(notebook):
    words = [line for cell in code_cells(notebook[1]) for text in printed(cell) for line in text.splitlines()
             if re.search(r'(?<![\w=])(?:True|False)\b', line) and ' at 0x' not in line]
    assert not words, 'print the quantity and its threshold'


def test_code_and_figures_fit_on_the_page(notebook):
    cells = code_cells(notebook[1])
    assert not [line for cell in cells for line in cell.source.splitlines() if len(line) > LONGEST]
    pictures = [output.data['image/png'] for cell in cells for output in cell.outputs
                if 'image/png' in output.get('data', {})]
    widths = [Image.open(io.BytesIO(base64.b64decode(picture))).width for picture in pictures]
    assert max(widths, default=0) <= WIDEST


def test_a_notebook_runs_on_any_machine_and_reveals_none(notebook):
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
