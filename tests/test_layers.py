"""Imports point down: L4 may import L0 to L3, never the other way; L2 takes callables and arrays, never models."""
import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'gluon_gan'
LAYERS = [
    {'runtime', 'viz', 'pixels', 'files', 'checks', 'distributed'},
    {'blocks', 'models', 'presets', 'losses', 'data', 'storage', 'zoo'},
    {'dissect', 'latent', 'metrics'},
    {'train', 'translate'},
    {'cli', 'doctor', '__main__', '__init__'},
]
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
MODULES = sorted(PACKAGE.rglob('*.py'))


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix('.py')


def imported_rooms(path):
    """The rooms of gluon_gan that a module imports, anywhere in it."""
    here = ['gluon_gan', *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = here[:len(here) - node.level + 1] if node.level else []
            module = '.'.join(base + (node.module.split('.') if node.module else []))
            names = [f'{module}.{alias.name}' for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split('.')
            if parts[0] == 'gluon_gan' and len(parts) > 1 and parts[1] in LEVEL:
                yield parts[1]


@pytest.mark.parametrize('path', MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    assert room(path) in LEVEL, f'{path.name} has no layer yet: give it one in LAYERS'
    above = {other for other in imported_rooms(path) if LEVEL[other] > LEVEL[room(path)]}
    assert not above, f'{path.name} imports {above}, which lie above it'


def test_latent_never_imports_models():
    rooms = {room for path in (PACKAGE / 'latent').glob('*.py') for room in imported_rooms(path)}
    assert 'checks' in rooms and not rooms & {'models', 'blocks', 'zoo'}


def test_the_test_sees_imports():
    """A check that cannot fail is a defect: the trainer's imports are known."""
    assert {'latent', 'losses', 'models', 'storage'} <= set(imported_rooms(PACKAGE / 'train' / 'trainer.py'))
