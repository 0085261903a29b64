"""Documented, typed fields of the dataclasses that ``config.json`` is made of."""
import dataclasses
import inspect
import numbers
import textwrap
from typing import get_args

from ...support.checks import shown

TYPE_NAMES = {int: 'an int', float: 'a number', bool: 'true or false', str: 'a str', dict: 'a dict', type(None): 'None'}


def setting(doc, default=dataclasses.MISSING, group=None, metavar=None):
    """A field of a settings class.

    Parameters
    ----------
    doc : str
        What the setting is, with its unit and range: for the docstring of the class and the help of the command line.
    default : optional
        The value if neither a preset nor the user gives one. A field without a default must be given.
    group : str, optional
        The group of options of ``gluon-gan train`` that lists it; None if it is not an option.
    metavar : str, optional
        The placeholder of the option's value in the help.
    """
    return dataclasses.field(default=default, metadata={'doc': doc, 'group': group, 'metavar': metavar})


def with_default(cls, name, default):
    """The field ``name`` of the settings class ``cls`` with another default, for a subclass."""
    return setting(default=default, **next(field for field in dataclasses.fields(cls) if field.name == name).metadata)


def documented(cls):
    """Class decorator: append the description of every field to the docstring of a dataclass."""
    rows = ['', '', 'Parameters', '----------']
    for field in dataclasses.fields(cls):
        default = '' if field.default is dataclasses.MISSING else f', default {field.default!r}'
        rows.append(f'{field.name} : {getattr(field.type, "__name__", field.type)}{default}')
        rows.append(textwrap.indent(textwrap.fill(f'{field.metadata["doc"]}.', 100), '    '))
    cls.__doc__ = inspect.cleandoc(cls.__doc__) + '\n'.join(rows)
    return cls


def without_preset_label(values, given):
    """The settings of a new run, without a preset's smoothed label if the given loss has no label to smooth.

    Parameters
    ----------
    values : dict
        The preset's settings, updated by those that the user gave.
    given : dict
        What the user gave. A label that the user gave stays, and is refused with such a loss.

    Returns
    -------
    dict
    """
    from ... import losses  # not above: it imports MXNet, and a scheduler must not run at import
    objective = losses.OBJECTIVES.get(str(given.get('loss')))
    if objective is None or objective.lossD.smooths or 'real_label' in given:
        return values
    return {name: value for name, value in values.items() if name != 'real_label'}


def check_names(given, cls, others):
    """Raise ValueError if a name in ``given`` is no field of ``cls``; ``others`` are the settings of other tasks."""
    names = [field.name for field in dataclasses.fields(cls)]
    for name in sorted(set(given) - set(names)):
        for other in others:
            if name in [field.name for field in dataclasses.fields(other)]:
                raise ValueError(f'{name} is a setting of the task {other.task}, and this is {cls.task}: leave it out, '
                                 'or choose another preset')
        raise ValueError(f"there is no setting {name!r}; the settings are {', '.join(names)}")


def check_types(instance):
    """Raise ValueError unless each field of a dataclass has a value of its declared type."""
    for field in dataclasses.fields(instance):
        value, types = getattr(instance, field.name), get_args(field.type) or (field.type,)
        if not any(_is_a(value, each) for each in types):
            wanted = ' or '.join(TYPE_NAMES[each] for each in types)
            raise ValueError(f'{field.name} must be {wanted}, not {shown(value)}')


def _is_a(value, wanted):
    if wanted in (int, float):      # NumPy's numbers count, and bool does not, although it is a subclass of int
        return isinstance(value, {int: numbers.Integral, float: numbers.Real}[wanted]) and not isinstance(value, bool)
    return isinstance(value, wanted)
