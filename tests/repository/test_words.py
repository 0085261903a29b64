"""The words that docs/style.md replaces occur nowhere in the code, the documentation, the messages or the lessons."""
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / 'docs' / 'style.md'
SEARCHED = ('gluon_gan/**/*.py', 'gluon_gan/**/*.html', 'tests/**/*.py', 'tools/*', 'tools/*/*.py',
            'benchmarks/**/*.py', '*.md', 'docs/**/*.md', 'datasets/**/*.md', 'benchmarks/**/*.md',
            'notebooks/**/*.md', 'notebooks/*.py', 'Makefile', 'pyproject.toml', 'environment.yml', '.ci/run')
# Files that name the old words on purpose.
EXEMPT = {
    'docs/style.md': 'the table itself',
    'tests/repository/test_words.py': 'tests of the search',
    'gluon_gan/support/renamed.py': 'the old names, for files of earlier versions',
    'tests/support/test_renamed.py': 'tests of the old names',
}


# Words that a file uses on purpose, with the reason.
ALLOWED = {
    'gluon_gan/export/operators.py': ({'floor'}, 'a value of an attribute of ONNX'),
    'tests/export/test_formats.py': ({'map'}, 'an attribute of onnxruntime'),
    'gluon_gan/serving/eviction.py': ({'map'}, 'an attribute of waitress'),
    'tests/helpers/serving.py': ({'map'}, 'an attribute of waitress'),
    'tests/cli/test_dissect.py': ({'forget'}, 'an option of earlier versions'),
    'tests/curation/test_manifest.py': ({'verdict'}, 'a key in manifests of earlier versions'),
    'tests/metrics/test_attribute_classifier.py': ({'judge'}, 'the name of the network in earlier versions'),
    'tests/train/run/test_folder.py': ({'unborn'}, 'a suffix of folders of earlier versions'),
}


def patterns(text):
    """dict of str to re.Pattern: the words of each row of the table, and the expression that finds them."""
    rows = [re.split(r'(?<!\\)\|', line)[1:-1] for line in text.splitlines() if line.startswith('| ')]
    found = {}
    for words, _, pattern in rows[1:]:
        if pattern.strip() != 'as above':
            expression, = re.fullmatch(r'`(.+)`', pattern.strip()).groups()
            found[words.strip()] = re.compile(expression.replace(r'\|', '|'), re.IGNORECASE)
    return found


def as_words(line):
    """A line with its identifiers split into words: ``feature_maps`` and ``featureMaps`` become ``feature maps``."""
    return re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', line.replace('_', ' '))


def found_words(text, table, allowed=()):
    """The occurrences of the replaced words in a text, also of those that are broken over two lines.

    Returns
    -------
    list of str
        For each occurrence its line, the words of the table, and the match.
    """
    original = text.splitlines()
    lines = [as_words(line).rstrip() for line in original]
    starts = [line.lstrip('#/* ') for line in lines[1:]] + ['']
    joined = ' '.join(lines[:1] + starts)
    found = []
    for words, pattern in table.items():
        for number, (line, rest) in enumerate(zip(lines, starts) if pattern.search(joined) else (), 1):
            found += [f'{number}: {words}: {match.group()!r} in {original[number - 1].strip()[:100]!r}'
                      for match in pattern.finditer(f'{line} {rest}')
                      if match.start() < len(line) and match.group() not in allowed]
    return found


TABLE = patterns(STYLE.read_text())
FILES = sorted({path for glob in SEARCHED for path in ROOT.glob(glob)
                if path.is_file() and str(path.relative_to(ROOT)) not in EXEMPT})


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_replaced_word_is_left(path):
    allowed, _ = ALLOWED.get(str(path.relative_to(ROOT)), ((), ''))
    found = found_words(path.read_text(), TABLE, allowed)
    assert not found, '\n'.join(['see docs/style.md', *found])


@pytest.mark.parametrize('path', sorted((ROOT / 'notebooks').rglob('[0-9a]*.ipynb')),
                         ids=lambda path: f'{path.parent.name}/{path.stem}')
def test_no_replaced_word_is_left_in_a_lesson(path):
    allowed, _ = ALLOWED.get(str(path.relative_to(ROOT)), ((), ''))
    text = '\n\n'.join(''.join(cell['source']) for cell in json.loads(path.read_text())['cells'])
    found = found_words(text, TABLE, allowed)
    assert not found, '\n'.join(['see docs/style.md', *found])


def test_the_table_is_read():
    assert len(TABLE) >= 24 and 'verdict' in TABLE and all(path.exists() for path in map(ROOT.joinpath, EXEMPT))
    assert len(FILES) > 250


@pytest.mark.parametrize('text', [
    "a floor for each score", 'real_floor = 1', 'the maps of a layer', 'n_maps=3', 'learned by heart',
    'a heap of pictures', 'whose company is the batch', "in G's turn", 'both turns', 'turn the head', 'unborn',
    'Verdict', 'tell them apart', 'it is told the class', 'draw z', 'drawn_faces', 'redraw', 'drawFaces()',
    'the spread of z', 'a judge', 'the truth', 'missing kinds', 'forget the map', 'drop the second map',
    'where a filter looks', 'what it sees', 'held back', 'kept_back', 'made at the beginning', 'the whole batch',
    'no room left', 'rooms', 'at the door', 'a folder of your own', 'goes on with the run'])
def test_a_replaced_word_is_found(text):
    assert found_words(text, TABLE)


@pytest.mark.parametrize('text', [
    'np.floor(x)', 'math.floor(x)', 'Math.floor(x)', 'Maps a name to a path', 'a turn\nvector',
    'the map from x to y', 'import forget', 'floor division',
    'feature maps', 'feature_map', 'featureMaps', 'map(str, rows)', 'maps z to images', 'heapq', 'return it',
    'in turn', 'turn_vector', 'turn vectors', 'take turns', 'turned off', 'stubborn', 'ImageDraw',
    'ImageDraw.Draw(image)', 'draw = ImageDraw.Draw(image)', 'draw.text(x)', 'drawback', 'widespread',
    'ground truth', 'ground_truth', 'Where the package looks', 'a kind of loss', 'dropout', 'drop_last', 'bedroom',
    'cv2.drawContours', 'retold', 'aftermaths'])
def test_other_words_are_left_alone(text):
    assert not found_words(text, TABLE)


@pytest.mark.parametrize('text', ['images that were held\nback', '    # the whole\n    # batch', 'learned by\n  heart'])
def test_words_on_two_lines_are_found_once(text):
    assert len(found_words(text, TABLE)) == 1


def test_what_a_file_may_say_is_still_needed():
    for name, (words, _) in ALLOWED.items():
        found = '\n'.join(found_words((ROOT / name).read_text(), TABLE))
        assert all(repr(word) in found for word in words), name
