"""The tests mirror the package: tests/data/test_cache.py is for gluon_gan/data/cache.py."""
import ast

import pytest

from helpers.trees import count_lines, tree
from levels import LOADED_BY_NAME, PACKAGE, graph, modules

TESTS = PACKAGE.parent / 'tests'
SMALL = 40                                          # modules of at most so many lines need no test of their own
FREE = ('repository', 'benchmarks', 'helpers')      # folders of tests that mirror no subpackage
# Test modules that are not named after a module, with the reason.
TOPICS = {
    'cli/test_cli_errors.py': 'every command with missing, damaged and foreign inputs',
    'conftest.py': 'fixtures for all tests',
    'data/test_properties.py': 'random arguments for all public functions of the subpackage',
    'fast/conftest.py': 'fixtures for the compilation',
    'fast/test_convolution_properties.py': 'the convolutions of fast/source with random arguments',
    'fast/test_operators_properties.py': 'the other operators of fast/source with random arguments',
    'latent/test_properties.py': 'random arguments for all public functions of the subpackage',
    'metrics/test_planted_failures.py': 'every measure on every kind of failure',
    'metrics/test_references.py': 'several measures against other packages',
    'penalties/test_eight_gaussians.py': 'a training, and what a tool has found',
    'penalties/test_torch_gradients.py': 'all penalties against another package',
    'train/run/test_full_disk.py': 'all files of a run',
    'train/run/test_kill.py': 'all files of a run',
    'train/run/test_sources.py': 'a run on each kind of data, from the command line',
    'train/test_fast_step.py': 'the trainer with the fast step: options, resuming, falling back',
    'train/test_properties.py': 'random arguments for all public functions of the subpackage',
}
# Modules that the tests of their subpackage use indirectly, with the test module that does.
TESTED_THROUGH = {
    'cli/train.py': 'cli/test_cli.py',
    'data/batch_order.py': 'data/test_loader.py',
    'export/operators.py': 'export/test_formats.py',
    'latent/_validation.py': 'latent/test_walks.py',
    'synthetic/clothing.py': 'synthetic/test_faces.py',
    'synthetic/fabrics.py': 'synthetic/test_quilts.py',
    'synthetic/facial_features.py': 'synthetic/test_faces.py',
    'synthetic/hair.py': 'synthetic/test_faces.py',
    'synthetic/portrait.py': 'synthetic/test_faces.py',
    'synthetic/scene.py': 'synthetic/test_faces.py',
    'train/run/fields.py': 'train/run/test_settings.py',
    'train/run/report.py': 'train/run/test_resumption.py',
    'translate/step.py': 'translate/test_trainer.py',
}


def named_after(test, package, tests):
    """The module that a test module is named after, or None: ``test_cache_limits.py`` is for ``cache.py``.

    ``cli/test_cli.py`` is for ``cli/__init__.py``, which defines functions itself.
    """
    folder = package / test.parent.relative_to(tests)
    topic = test.stem.removeprefix('test_')
    fitting = [module for module in folder.glob('*.py')
               if not module.name.startswith('__init') and f'{topic}_'.startswith(f'{module.stem}_')]
    own = folder / '__init__.py'
    if not fitting and topic == folder.name and own.exists() and any(
            isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in ast.walk(ast.parse(own.read_text()))):
        return own
    return max(fitting, key=lambda module: len(module.stem), default=None)


def mirrored(tests):
    """The modules of a folder of tests that have to mirror the package."""
    return [path for path in sorted(tests.rglob('*.py')) if path.relative_to(tests).parts[0] not in FREE]


def unmatched_tests(package, tests, topics):
    """The test modules that are neither named after a module nor a known topic."""
    return [str(path.relative_to(tests)) for path in mirrored(tests)
            if str(path.relative_to(tests)) not in topics and not named_after(path, package, tests)]


def folders_without_tests(package, tests):
    """The folders of the package with modules, and no folder of tests."""
    folders = {path.parent.relative_to(package) for path in package.rglob('*.py') if path.name != '__init__.py'}
    return sorted(str(folder) for folder in folders if not (tests / folder).is_dir())


def public_names(package):
    """dict of str to str: for each name that an ``__init__.py`` takes from its modules, the full name there.

    It takes names by ``from .cache import load``, or by ``exports(__name__, {'load': '.cache'})`` of support/lazy.py.
    """
    found = {}
    for name, path in modules(package).items():
        nodes = ast.walk(ast.parse(path.read_text())) if path.name == '__init__.py' and '.' in name else ()
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                found |= {f'{name}.{alias.asname or alias.name}': f'{name}.{node.module}.{alias.name}'
                          for alias in node.names}
            elif isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'exports':
                found |= {f'{name}.{key}': f'{name}{module}.{key}'
                          for key, module in ast.literal_eval(node.args[1]).items()}
    for full in found:
        while found[full] in found:
            found[full] = found[found[full]]
    return found


def used_modules(test, known, exported):
    """The modules of the package that a test module names, in an import or as in ``gg.data.mnist``."""
    nodes = list(ast.walk(ast.parse(test.read_text())))
    full, names = {}, set()
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition('.')[0]
                full[alias.asname or first] = alias.name if alias.asname else first
                names.add(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            full |= {alias.asname or alias.name: f'{node.module}.{alias.name}' for alias in node.names}
    names |= set(full.values())
    for node in nodes:
        parts = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if parts and isinstance(node, ast.Name) and node.id in full:
            names |= {'.'.join([full[node.id], *parts[:n]]) for n in range(1, len(parts) + 1)}
    names |= {exported[name] for name in names if name in exported}
    names |= {name.rpartition('.')[0] for name in names}
    return names & set(known)


def untested_modules(package, tests, elsewhere):
    """The modules of more than SMALL lines that no test of their subpackage is named after or uses."""
    known, exported = modules(package), public_names(package)
    seen = set()
    for test in mirrored(tests):
        own = named_after(test, package, tests)
        used = {known[name] for name in used_modules(test, known, exported)} | ({own} if own else set())
        if test.parent == tests:
            seen |= {path for path in used if path.parent == package}
        else:
            seen |= {path for path in used if path.is_relative_to(package / test.relative_to(tests).parts[0])}
    return [str(path.relative_to(package)) for path in known.values()
            if count_lines(path) > SMALL and path not in seen and path.name != '__init__.py'
            and str(path.relative_to(package)) not in elsewhere]


def test_every_folder_of_the_package_has_a_folder_of_tests():
    assert not folders_without_tests(PACKAGE, TESTS)


def test_every_test_is_named_after_a_module():
    assert not unmatched_tests(PACKAGE, TESTS, TOPICS)


def test_every_module_has_a_test():
    assert not untested_modules(PACKAGE, TESTS, TESTED_THROUGH)


def test_the_exceptions_are_still_needed():
    assert not [name for name in TOPICS if not (TESTS / name).exists()]
    assert not set(TOPICS) - set(unmatched_tests(PACKAGE, TESTS, ()))
    assert not set(TESTED_THROUGH) - set(untested_modules(PACKAGE, TESTS, ()))


def test_an_indirect_test_reaches_its_module():
    known, edges, exported = modules(PACKAGE), graph(PACKAGE), public_names(PACKAGE)
    for name, target in LOADED_BY_NAME:
        edges[name].add(target)
    for module, test in TESTED_THROUGH.items():
        reached, new = set(), used_modules(TESTS / test, known, exported)
        while new:
            reached |= new
            new = {target for name in new for target in edges[name]} - reached
        assert PACKAGE / module in {known[name] for name in reached}, f'{test} does not use {module}'


@pytest.fixture
def made_up(tmp_path):
    """A package with two modules that matter and one that is small, and tests for all."""
    long = 'x = 1\n' * 50
    package = tree(tmp_path / 'gluon_gan', init='', top=long, p__init='from .cache import load as load',
                   p__cache=long, p__tiny='x = 1', p__q__init='', p__q__deep=long)
    tests = tree(tmp_path / 'tests', test_top='import gluon_gan', p__test_cache='import gluon_gan.p.cache',
                 p__test_cache_limits='', p__q__test_deep='', repository__test_anything='', helpers__work='')
    return package, tests


def test_a_mirrored_tree_passes(made_up):
    package, tests = made_up
    assert not folders_without_tests(package, tests)
    assert not unmatched_tests(package, tests, ())
    assert not untested_modules(package, tests, ())


def test_a_folder_without_tests_is_found(made_up):
    package, tests = made_up
    (tests / 'p/q/test_deep.py').unlink()
    (tests / 'p/q').rmdir()
    assert folders_without_tests(package, tests) == ['p/q']
    assert untested_modules(package, tests, ()) == ['p/q/deep.py']


def test_a_test_without_a_module_is_found(made_up):
    package, tests = made_up
    tree(tests, p__test_cached='', p__test_deep='', test_p='')
    assert unmatched_tests(package, tests, ()) == ['p/test_cached.py', 'p/test_deep.py', 'test_p.py']
    assert unmatched_tests(package, tests, ('p/test_deep.py', 'test_p.py')) == ['p/test_cached.py']


def test_the_tests_of_a_subpackages_own_functions_have_its_name(made_up):
    package, tests = made_up
    tree(tests, p__test_p='')
    assert unmatched_tests(package, tests, ()) == ['p/test_p.py']
    tree(package, p__init='def main(): pass')
    assert not unmatched_tests(package, tests, ())


@pytest.mark.parametrize('text, used', [
    ('from gluon_gan.p import cache', True), ('from gluon_gan.p.cache import load', True),
    ('import gluon_gan as gg\ngg.p.load()', True), ('from gluon_gan import p\np.load()', True),
    ('from gluon_gan.p import load', True), ('import gluon_gan.p.cache\ngluon_gan.p.cache.load()', True),
    ('import gluon_gan as gg\ngg.p.tiny.x', False), ('from gluon_gan import p', False), ('load()', False)])
def test_a_module_is_tested_where_its_names_are_used(made_up, text, used):
    package, tests = made_up
    for name in ('test_cache', 'test_cache_limits'):
        (tests / f'p/{name}.py').unlink()
    tree(tests, p__test_tiny=text)
    assert untested_modules(package, tests, ()) == ([] if used else ['p/cache.py'])


def test_names_that_are_imported_when_they_are_first_used_count(made_up):
    package, tests = made_up
    tree(package, p__init="exports(__name__, {'load': '.q'})", p__q__init="exports(__name__, {'load': '.deep'})")
    assert public_names(package) == {'gluon_gan.p.load': 'gluon_gan.p.q.deep.load',
                                     'gluon_gan.p.q.load': 'gluon_gan.p.q.deep.load'}
    (tests / 'p/q/test_deep.py').unlink()
    assert untested_modules(package, tests, ()) == ['p/q/deep.py']
    tree(tests, p__q__test_init='import gluon_gan as gg\ngg.p.load()')
    assert not untested_modules(package, tests, ())


def test_tests_of_another_subpackage_do_not_count(made_up):
    package, tests = made_up
    for name in ('test_cache', 'test_cache_limits'):
        (tests / f'p/{name}.py').unlink()
    (tests / 'test_top.py').write_text('from gluon_gan.p import cache')
    assert untested_modules(package, tests, ()) == ['p/cache.py']
    assert not untested_modules(package, tests, ('p/cache.py',))
