"""Checks of arguments, made when a function is called; the error is one line that names the argument and its value."""
import math
import numbers


def whole_number(name, value, least=1):
    """Check that an argument is an integer, and return it as an int.

    Parameters
    ----------
    name : str
        The name of the argument, for the message.
    value : int or numpy.integer
    least : int
        The smallest allowed value.

    Raises
    ------
    ValueError
        If `value` is not an integer, is a bool, or is less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f'{name} must be an int of at least {least}, not {value!r}')
    return int(value)


def number(name, value, wanted, least=0.0, below=math.inf):
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
        raise ValueError(f'{name} must be {wanted}, not {value!r}')
    return float(value)
