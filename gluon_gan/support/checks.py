"""Checks of arguments, made when a function is called; the error is one line that names the argument and its value."""
import math
import numbers
import os
import reprlib
import textwrap

LARGEST = 2 ** 63 - 1       # what an index or a size in memory can be
FLOAT32 = 3.4e38            # beyond it, a number is infinite in float32
ABOVE_1 = math.nextafter(1, 2)      # `below` it, 1 is in the range


def whole_number(name, value, least=1, most=LARGEST):
    """Check that an argument is an integer, and return it as an int.

    Parameters
    ----------
    name : str
        The name of the argument, for the message.
    value : int or numpy.integer
    least : int
        The smallest allowed value.
    most : int or None
        The largest allowed value; None for a seed, which has no limit.

    Raises
    ------
    ValueError
        If `value` is not an integer, is a bool, or is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f'{name} must be an int of at least {least}, not {shown(value)}')
    if most is not None and value > most:
        raise ValueError(f'{name} must be an int from {least} to {most}, not {shown(value)}')
    return int(value)


def random_seed(value):
    """Check a seed of NumPy's random generators, and return it.

    Parameters
    ----------
    value : int, sequence of int or None
        None stands for a seed that differs from call to call.

    Raises
    ------
    ValueError
        If `value` is anything else, or one of the numbers is negative.
    """
    if value is None:
        return None
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    if not values or any(isinstance(each, bool) or not isinstance(each, numbers.Integral) or each < 0
                         for each in values):
        raise ValueError(f'seed must be an int of at least 0, or a list of such ints, not {shown(value)}')
    return value


def one_of(name, value, known):
    """Check that an argument is one of some names, and return it.

    Raises
    ------
    ValueError
        If it is not a str, or not one of `known`.
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f'{name}={shown(value)} must be one of {", ".join(map(repr, known))}')
    return value


def path_or_name(name, value):
    """Check that an argument is a path, or a name in its place, and return it.

    Raises
    ------
    ValueError
        If it is neither a str nor an object of :mod:`pathlib`, is empty, or contains a null character.
    """
    if not isinstance(value, (str, os.PathLike)) or not str(value) or '\0' in str(value):
        raise ValueError(f'{name} must be a path or a name, not {shown(value)}')
    return value


def shown(value):
    """A value for an error message: its repr in one line, shortened if it is long."""
    if isinstance(value, (str, numbers.Number)):
        text = repr(value)
        return text if len(text) <= 200 else reprlib.repr(value)
    return textwrap.shorten(reprlib.repr(value), 80) or type(value).__name__


def number(name, value, wanted, least=0.0, below=FLOAT32):
    """Check that an argument is a number in a range, and return it as a float.

    Parameters
    ----------
    name : str
        The name of the argument, for the message.
    value : float
    wanted : str
        What is allowed, for the message.
    least, below : float
        The range: ``least <= value < below``.

    Raises
    ------
    ValueError
        If `value` is not a number, is NaN or a bool, or is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not least <= value < below:
        real = isinstance(value, numbers.Real) and not isinstance(value, bool)
        limit = f' below {below:g}, the limit of float32' if below == FLOAT32 and real and value >= below else ''
        raise ValueError(f'{name} must be {wanted}{limit}, not {shown(value)}')
    return float(value)
