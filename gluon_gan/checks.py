"""Arguments that are refused at the door, in one line that names the value."""
import math
import numbers


def whole_number(name, value, least=1):
    """``value`` as an int.

    Parameters
    ----------
    name : str
        How the caller knows it.
    value : int or numpy.integer
    least : int
        The smallest that will do.

    Raises
    ------
    ValueError
        If it is no whole number, a bool, or less than ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f'{name} must be an int of at least {least}, not {value!r}')
    return int(value)


def number(name, value, wanted, least=0.0, below=math.inf):
    """``value`` as a float.

    Parameters
    ----------
    name : str
        How the caller knows it.
    value : float
    wanted : str
        What would do, for the message.
    least, below : float
        ``least <= value < below``.

    Raises
    ------
    ValueError
        If it is no number, NaN, a bool, or outside.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not least <= value < below:
        raise ValueError(f'{name} must be {wanted}, not {value!r}')
    return float(value)
