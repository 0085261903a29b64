"""The files that set up the project agree with each other, and CI runs the README's test command."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text())['project']
CONSTRAINTS = {path.stem[2:]: path for path in (ROOT / 'constraints').glob('py*.txt')}
EXTRAS = PYPROJECT['optional-dependencies']


def requirements(python, *extras):
    """dict of str to SpecifierSet: the core dependencies and those of `extras`, for a Python on Linux."""
    lines = PYPROJECT['dependencies'] + [line for extra in extras for line in EXTRAS[extra]]
    environment = {'python_version': python, 'python_full_version': python + '.0', 'sys_platform': 'linux'}
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r.specifier for r in wanted if not r.marker or r.marker.evaluate(environment)}


def pins(path):
    """dict of str to str: the versions in a constraints file."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith('#')]
    assert all(re.fullmatch(r'[\w.-]+==[\w.!+-]+', line) for line in lines), 'each line must be NAME==VERSION'
    return {canonicalize_name(name): version for name, version in (line.split('==') for line in lines)}


def conda():
    """The conda packages of environment.yml, as a dict of str to SpecifierSet, and its lines for pip."""
    listed = yaml.safe_load((ROOT / 'environment.yml').read_text())['dependencies']
    packages = {}
    for line in (line for line in listed if isinstance(line, str)):
        name, specifier = re.fullmatch(r'([\w-]+)\s*(.*)', line).groups()
        packages[name] = SpecifierSet(re.sub(r'^=(?!=)', '==', specifier))
    pip, = (entry['pip'] for entry in listed if isinstance(entry, dict))
    return packages, pip


def test_environment_yml_agrees_with_pyproject():
    packages, pip = conda()
    python = str(packages['python']).lstrip('=')
    assert python in CONSTRAINTS and SpecifierSet(PYPROJECT['requires-python']).contains(python + '.0')
    ours = requirements(python, 'cu112', 'notebooks', 'test')
    named = {canonicalize_name(name): specifier for name, specifier in packages.items()}
    shared = {name: specifier for name, specifier in named.items() if name in ours}
    from_pip = [Requirement(line) for line in pip if not line.startswith('-')]
    shared.update((canonicalize_name(r.name), r.specifier) for r in from_pip)
    assert {'numpy', 'matplotlib', 'jupyter', 'nbval', 'mxnet-cu112', 'gluoncv'} <= set(shared)
    assert shared == {name: ours[name] for name in shared}
    assert any(re.match(r'-e \.', line) for line in pip), 'one call of pip installs the package and its dependencies'


@pytest.mark.parametrize('python', sorted(CONSTRAINTS))
def test_every_dependency_is_pinned_to_a_version_that_it_admits(python):
    pinned = pins(CONSTRAINTS[python])
    wrong = {name: (str(specifier), pinned.get(name)) for name, specifier in requirements(python, *EXTRAS).items()
             if name not in pinned or not specifier.contains(pinned[name])}
    assert not wrong


def test_the_supported_pythons_are_the_same_everywhere():
    script = (ROOT / 'tools/venv.sh').read_text()
    supported = re.search(r"^supported='(.*)'", script, re.M)[1].split()
    allowed = SpecifierSet(PYPROJECT['requires-python'])
    admitted = {f'3.{minor}' for minor in range(6, 20) if allowed.contains(f'3.{minor}.1')}
    assert admitted == set(CONSTRAINTS) == set(supported)
    resolved = re.search(r'for version in (.*);', (ROOT / 'tools/constraints.sh').read_text())[1]
    assert set(resolved.split()) == set(supported)


def test_the_two_builds_of_mxnet_are_never_required_together():
    names = {extra: {Requirement(line).name for line in lines} for extra, lines in EXTRAS.items()}
    assert 'mxnet' in names['cpu'] and 'mxnet-cu112' in names['cu112']
    assert not any(name.startswith('mxnet') for name in requirements('3.11', 'notebooks', 'test'))


@pytest.mark.parametrize('command', ['demo', 'test'])
def test_the_readme_gives_the_two_commands(command):
    assert re.search(rf'^(\$ )?make {command}\b', (ROOT / 'README.md').read_text(), re.M)
    assert re.search(rf'^{command}: venv ', (ROOT / 'Makefile').read_text(), re.M)


def test_the_readme_fits_on_three_screens():
    lines = (ROOT / 'README.md').read_text().splitlines()
    assert len(lines) <= 120 and ''.join(lines).count('<img') == 3


def test_the_test_command_runs_the_linter_first():
    makefile = (ROOT / 'Makefile').read_text()
    assert re.search(r'^test: venv lint ', makefile, re.M)
    assert re.search(r'^lint: venv .*\n\t\.venv/bin/ruff check$', makefile, re.M)


def test_ci_runs_the_readmes_test_command_only():
    lines = [line for line in (ROOT / '.ci/run').read_text().splitlines() if line and not line.startswith('#')]
    browser, *commands = [line for line in lines if not line.startswith(('set ', 'cd '))]
    assert 'apt-get install -qqy chromium chromium-driver' in browser and commands == ['exec make test']
    assert '`chromium` and `chromium-driver`' in (ROOT / 'docs/install.md').read_text()


@pytest.mark.skipif(not shutil.which('make'), reason='there is no make here')
@pytest.mark.parametrize('given, seen', [
    ('a b/data', '{root}/a b/data'), ('/a  b', '/a  b'), ('../x$y', '{root}/../x$y'), ('~/x', '~/x'), ('', '')])
def test_a_relative_data_root_is_made_absolute_for_the_kernels(tmp_path, given, seen):
    shutil.copy(ROOT / 'Makefile', tmp_path)
    (tmp_path / 'show.mk').write_text('include Makefile\nshow:\n\t@printf "%s" "$$GLUON_GAN_DATA"\n')
    environment = {key: value for key, value in os.environ.items() if not key.startswith('MAKE') and key != 'MFLAGS'}
    shown = subprocess.run(['make', '-s', '-f', 'show.mk', 'show'], cwd=tmp_path, capture_output=True, text=True,
                           env={**environment, 'GLUON_GAN_DATA': given}, check=True)
    assert shown.stdout == seen.format(root=os.path.realpath(tmp_path))
