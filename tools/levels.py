"""The levels of the package, and functions that read its imports.

`LEVELS` is the rule: a subpackage imports from lower levels only. tests/repository/test_structure.py checks it, and
architecture.py shows it.
"""
import ast
import graphlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / 'gluon_gan'

# From the lowest level to the highest. A name imports from lower levels only, and not from its own level.
# The text says in a few words what a stranger finds there.
LEVELS = (
    {'runtime': 'prepares the process for MXNet: device, seed, threads'},
    {'blocks': 'layers shared by the networks',
     'support': 'files, downloads, arrays on disk, argument checks'},
    {'distributed': 'several processes and machines',
     'models': 'DCGAN generator and discriminator',
     'losses': 'objectives of both networks',
     'penalties': "exact penalties on D's gradient",
     'latent': 'sampling, walks, arithmetic, inversion',
     'synthetic': 'renders faces and quilts with known attributes',
     'viz': 'grids, curves, animations'},
    {'presets': 'network and training settings by name',
     'zoo': 'pretrained weights',
     'fast': 'a faster training step, in C++ over oneDNN',
     'data': 'image files, decoded cache, augmentation, batches'},
    {'data.sets': 'MNIST, CelebA, CIFAR-10, flowers and quilts'},
    {'metrics': 'feature extractors and the measures on them',
     'curation': 'selects images from a scraped folder',
     'serving': 'batches over HTTP'},
    {'catalogue': 'finds data sets by name, folder or URL',
     'train': 'update step, trainer, callbacks',
     'dissect': 'receptive fields, feature maps, ablation'},
    {'train.watch': 'monitor, alarms, scores, page, TensorBoard'},
    {'train.run': 'a run on disk: settings, checkpoints, resume'},
    {'translate': 'CycleGAN: two domains without pairs'},
    {'export': 'networks for other programs and for the browser'},
    {'cli': 'the commands of gluon-gan'},
    {'__main__': 'python -m gluon_gan'},
)
LEVEL = {unit: level for level, units in enumerate(LEVELS) for unit in units}
# (module, module that it loads by name): not an import. config.json names the task of a run; its module is then loaded.
LOADED_BY_NAME = {
    ('gluon_gan.train.run.settings', 'gluon_gan.train.run.generate'),
    ('gluon_gan.train.run.settings', 'gluon_gan.translate.task'),
}


def modules(package):
    """dict of str to Path: the modules of a package by dotted name. A subpackage stands for its ``__init__.py``."""
    found = {}
    for path in sorted(Path(package).rglob('*.py')):
        parts = path.relative_to(Path(package).parent).with_suffix('').parts
        found['.'.join(parts[:-1] if parts[-1] == '__init__' else parts)] = path
    return found


def graph(package):
    """dict of str to set of str: for each module of a package, the modules of the package that it imports."""
    found = modules(package)
    return {name: imports(name, found) for name in found}


def imports(name, found):
    """The modules of the package that one module imports at any place, including the bodies of functions.

    A module that calls ``import_module`` or :func:`gluon_gan.support.lazy.exports` also imports the modules that its
    strings name, except for those in `LOADED_BY_NAME`. An attribute counts as an import of the package that holds it,
    except for ``__version__``.

    Parameters
    ----------
    name : str
        A key of `found`.
    found : dict of str to Path
        As :func:`modules` returns it.

    Returns
    -------
    set of str
    """
    path = found[name]
    package = name if path.name == '__init__.py' else name.rpartition('.')[0]

    def absolute(level, module):
        """The full name of a module that is given with `level` leading dots."""
        base = package.split('.')[:package.count('.') + 2 - level] if level else []
        return '.'.join([*base, *filter(None, [module])])
    nodes = list(ast.walk(ast.parse(path.read_text())))
    wanted = []
    for node in nodes:
        if isinstance(node, ast.Import):
            wanted += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node.level, node.module)
            wanted += [f'{base}.{alias.name}' for alias in node.names if alias.name != '__version__']
    if any({'import_module', 'exports'} & {getattr(node, 'id', ''), getattr(node, 'attr', '')} for node in nodes):
        texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        named = [absolute(len(text) - len(text.lstrip('.')), text.lstrip('.'))
                 for text in texts if '.' in text and text.strip('.')]
        wanted += [text for text in named if text in found and (name, text) not in LOADED_BY_NAME]
    return {module for module in (_nearest(text, found) for text in wanted) if module and module != name}


def _nearest(dotted, found):
    """The longest beginning of a dotted name that is a module, or ''."""
    while dotted and dotted not in found:
        dotted = dotted.rpartition('.')[0]
    return dotted


def circle(edges):
    """Find modules that import each other in a circle.

    Importing ``a.b.c`` first runs ``a/b/__init__.py``. So a module outside ``a.b`` that imports ``a.b.c`` depends on
    ``a.b`` too.

    Returns
    -------
    list of str
        The modules of one circle, the first of them again at the end; empty if there is none.
    """
    needed = {}
    for name, targets in edges.items():
        parents = {target.rsplit('.', n)[0] for target in targets for n in range(1, target.count('.') + 1)}
        outside = {parent for parent in parents if not f'{name}.'.startswith(f'{parent}.')}
        needed[name] = sorted(targets | outside)
    try:
        graphlib.TopologicalSorter(needed).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def unit(name, levels=LEVEL):
    """The key of `levels` that a module belongs to: 'train.watch' for 'gluon_gan.train.watch.page'.

    Some subpackages span several levels, such as ``gluon_gan.train``. The ``__init__.py`` of such a subpackage collects
    the public names of all of them and therefore belongs to the highest.
    """
    inner = name.partition('.')[2]
    within = [other for other in levels if other.startswith(f'{inner}.')]
    if within:
        return max(within, key=levels.get)
    return max((other for other in levels if f'{inner}.'.startswith(f'{other}.')), key=len, default=inner)


def upward(edges, levels=LEVEL):
    """Find the imports that do not point to a lower level.

    Imports within one subpackage are allowed. The package's own ``__init__.py`` is left out: it imports a module when
    one of its names is first used.

    Returns
    -------
    list of tuple of str
        (module, imported module), sorted.
    """
    wrong = []
    for name, targets in edges.items():
        for target in targets if '.' in name else ():
            here, there = unit(name, levels), unit(target, levels)
            collects = name.count('.') == 1 and target.startswith(f'{name}.')
            within = here == there and not name.startswith(f'{target}.')
            if not (collects or within or levels.get(there, len(levels)) < levels.get(here, -1)):
                wrong.append((name, target))
    return sorted(wrong)
