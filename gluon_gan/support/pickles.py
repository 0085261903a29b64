"""Read pickles of arrays without running code from them."""
import io
import pickle

import numpy as np


class Refused(ValueError):
    """A pickle is damaged, or needs more than arrays, text, numbers and the containers of Python."""


class _Type:
    """The type of an array in a pickle: unsigned bytes, the only type that is read."""

    def __init__(self, code, *_):
        if code not in ('u1', b'u1', '|u1', b'|u1'):
            raise Refused(f'contains an array of type {code!r}, not of unsigned bytes')

    def __setstate__(self, state):
        pass                 # byte order and alignment, which single bytes do not have


class _Array:
    """An array in a pickle. NumPy's own functions are not called with arguments from the file."""

    def __init__(self, *_):
        self.array = None

    def __setstate__(self, state):
        _, shape, kind, fortran, content = state
        if not isinstance(kind, _Type):
            raise Refused('contains an array without a type')
        array = np.frombuffer(content.encode('latin1') if isinstance(content, str) else content, np.uint8)
        self.array = array.reshape(shape, order='F' if fortran else 'C')


class _Bytes(bytes):
    """Bytes that Python 3 has written in an old protocol, as text."""

    def __new__(cls, text, encoding):
        if encoding != 'latin1':
            raise Refused(f'contains text in the encoding {encoding!r}')
        return super().__new__(cls, text, 'latin1')

    def __setstate__(self, state):
        raise Refused('gives a state to bytes')


KNOWN = {('_codecs', 'encode'): _Bytes}
for _module in ('numpy', 'numpy.core.multiarray', 'numpy._core.multiarray'):
    KNOWN |= {(_module, '_reconstruct'): _Array, (_module, 'ndarray'): _Array, (_module, 'dtype'): _Type}


class _Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in KNOWN:
            raise Refused(f'asks for {module}.{name}, and only arrays, text and numbers are read')
        return KNOWN[module, name]


def read(content):
    """Read a pickle that contains arrays of bytes, text, bytes, numbers, lists, tuples and dicts.

    The classes and functions that a pickle names are never imported; those of NumPy's arrays are replaced by classes of
    this module, and all others are refused.

    Parameters
    ----------
    content : bytes
        The pickle. Text of Python 2 becomes bytes.

    Returns
    -------
    object
        Arrays are NumPy's, uint8 and read-only, where the pickle is an array or a dict with arrays as values.

    Raises
    ------
    Refused
        If it is damaged, or asks for anything else.
    """
    try:
        return _plain(_Reader(io.BytesIO(content), encoding='bytes').load())
    except Refused:
        raise
    except Exception as error:       # a damaged pickle may raise any exception
        raise Refused(f"is damaged ({(str(error) or type(error).__name__).splitlines()[0]})") from None


def _plain(value):
    """Replace the array that a value is, or those among the values of a dict, by NumPy's."""
    if isinstance(value, dict):
        return {key: part.array if isinstance(part, _Array) else part for key, part in value.items()}
    return value.array if isinstance(value, _Array) else value
