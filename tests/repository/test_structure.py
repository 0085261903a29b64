"""The structure of the package: directions of imports, and sizes of modules and subpackages.

Each check is a function that returns the violations in a tree, so that it can be tried on a made-up tree too.
"""
import pytest

from architecture import PICTURE, render
from helpers.trees import count_lines, tree
from levels import LEVELS, PACKAGE, circle, graph, modules, unit, upward

ROOT = PACKAGE.parent
LONGEST = 300              # lines of a module
FIRST_LEVEL = 23           # names on the first level of the package; the last that was added is `fast`


# --- imports ---

def test_imports_point_down():
    assert not upward(graph(PACKAGE))


def test_no_modules_import_each_other_in_a_circle():
    assert not circle(graph(PACKAGE))


def test_every_module_has_a_level():
    assert not [name for name in modules(PACKAGE) if '.' in name and not any(unit(name) in level for level in LEVELS)]


def test_the_latent_subpackage_takes_callables_and_never_imports_networks():
    used = {unit(target) for name, targets in graph(PACKAGE).items() if unit(name) == 'latent' for target in targets}
    assert 'support' in used and not used & {'models', 'blocks', 'zoo'}


@pytest.mark.parametrize('text', [
    'from ..high import tool', 'from .. import high', 'import gluon_gan.high.tool', 'from gluon_gan.high.tool import f',
    'def f():\n    from ..high.tool import g', 'if x:\n    import gluon_gan.high',
    "from importlib import import_module\nimport_module('gluon_gan.high.tool')", 'from .. import name',
    "from lazy import exports\nexports(__name__, {'f': '..high.tool'})"])
def test_an_upward_import_is_found(tmp_path, text):
    package = tree(tmp_path / 'gluon_gan', init='', low__init='', low__a=text, high__init='',
                   high__tool='from ..low import a')
    levels = {'low': 0, 'high': 1}
    assert [name for name, _ in upward(graph(package), levels)] == ['gluon_gan.low.a']
    (package / 'low/a.py').write_text('import numpy')
    assert not upward(graph(package), levels)


def test_an_import_between_subpackages_of_one_level_is_found(tmp_path):
    package = tree(tmp_path / 'gluon_gan', init='', a__init='', a__x='from ..b import y', b__init='', b__y='')
    assert upward(graph(package), {'a': 0, 'b': 0}) == [('gluon_gan.a.x', 'gluon_gan.b.y')]


def test_an_inner_level_may_use_the_outer_one_and_not_the_reverse(tmp_path):
    package = tree(tmp_path / 'gluon_gan', init='', train__init='from .run.folder import f', train__step='',
                   train__run__init='', train__run__folder='from .. import step')
    levels = {'train': 0, 'train.run': 1}
    assert not upward(graph(package), levels)
    (package / 'train/step.py').write_text('from .run import folder')
    assert upward(graph(package), levels) == [('gluon_gan.train.step', 'gluon_gan.train.run.folder')]


@pytest.mark.parametrize('a, b', [
    ('from . import b', 'from . import a'), ('def f():\n    from . import b', 'from .a import f'),
    ('from ..p import f', ''), ('from ..q import c', '')])
def test_a_circle_is_found(tmp_path, a, b):
    package = tree(tmp_path / 'gluon_gan', init='', p__init='from .a import f', p__a=a, p__b=b,
                   q__init='from ..p.a import f', q__c='')
    assert 'gluon_gan.p.a' in circle(graph(package))
    (package / 'p/a.py').write_text('def f(): pass')
    (package / 'p/b.py').write_text('from . import a')
    assert not circle(graph(package))


def test_imports_are_read():
    used = {unit(target) for target in graph(PACKAGE)['gluon_gan.train.trainer']}
    assert {'latent', 'models', 'support'} <= used


def test_the_picture_is_what_the_tool_makes_now():
    assert PICTURE.read_text() == render(PACKAGE), 'docs/architecture.svg is out of date: make architecture'


# --- sizes ---

def long_modules(root):
    """The modules of a checkout with more than LONGEST lines."""
    folders = [root / name for name in ('gluon_gan', 'tests', 'tools', 'benchmarks')]
    return [f'{path.relative_to(root)}: {count_lines(path)} lines'
            for folder in folders for path in sorted(folder.rglob('*.py')) if count_lines(path) > LONGEST]


def large_subpackages(package):
    """The folders of a package whose own modules hold more than an eighth of its lines."""
    folders = {path.parent for path in package.rglob('*.py')}
    lines = {folder: sum(count_lines(path) for path in folder.glob('*.py')) for folder in sorted(folders)}
    return [f'{folder.relative_to(package)}: {own} of {sum(lines.values())} lines'
            for folder, own in lines.items() if own * 8 > sum(lines.values())]


def first_level(package):
    """The names that a visitor reads; those of Python's own (__init__, __main__, __pycache__) do not count."""
    return sorted(path.name for path in package.iterdir() if not path.name.startswith('__'))


def test_no_module_is_longer_than_300_lines():
    assert not long_modules(ROOT)


def test_no_subpackage_holds_more_than_an_eighth_of_the_lines():
    assert not large_subpackages(PACKAGE)


def test_the_first_level_can_be_read_at_a_glance():
    assert len(first_level(PACKAGE)) <= FIRST_LEVEL, first_level(PACKAGE)


def test_what_is_too_large_is_found(tmp_path):
    package = tree(tmp_path / 'gluon_gan', **{f'p{n}__a': 'x\n' * 100 for n in range(8)}, p0__sub__b='x\n' * 100)
    assert not large_subpackages(package) and not long_modules(tmp_path)
    tree(tmp_path, gluon_gan__p0__more='x\n' * 20, tools__long='x\n' * 301)
    assert large_subpackages(package) == ['p0: 120 of 920 lines']
    assert long_modules(tmp_path) == ['tools/long.py: 301 lines']
    (package / '__pycache__').mkdir()
    assert first_level(package) == [f'p{n}' for n in range(8)]
