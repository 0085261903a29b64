"""Names of a package that are imported when they are first used (PEP 562).

``gluon-gan --help`` lists the settings of a training without importing MXNet, which may be missing, and which must not
be imported before a process has taken its role in a distributed training.
"""
from importlib import import_module

from .renamed import attribute_error


def exports(package, names):
    """``__getattr__``, ``__dir__`` and ``__all__`` for the ``__init__.py`` of a package.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    names : dict
        For each public name the module that defines it, relative to the package: ``{'GANTrainer': '.trainer'}``.

    Returns
    -------
    (callable, callable, list of str)
    """
    def get(name):
        if name in names:
            return getattr(import_module(names[name], package), name)
        module = f'{package}.{name}'
        try:
            if not name.startswith('_'):
                return import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
        raise attribute_error(package, name)

    return get, lambda: sorted(names), list(names)
