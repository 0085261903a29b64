"""Pickles of arrays are read without running code."""
import os
import pickle

import numpy as np
import pytest

from gluon_gan.support import pickles

ARRAY = np.arange(12, dtype=np.uint8).reshape(3, 4)
# As Python 2 wrote it: a dict of str, in protocol 2, with numpy.core.multiarray._reconstruct
PYTHON2 = (b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85"
           b"U\x01b\x87Rq\x05(K\x01K\x03K\x04\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff"
           b"\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x0c" + bytes(range(12)) +
           b"tbU\x06labelsq\x08]q\t(K\x06K\x09K\x00eu.")


def test_a_batch_of_python_2():
    batch = pickles.read(PYTHON2)
    assert list(batch) == [b'data', b'labels'] and batch[b'labels'] == [6, 9, 0]
    assert batch[b'data'].dtype == np.uint8 and (batch[b'data'] == ARRAY).all()


@pytest.mark.parametrize('protocol', range(5))
def test_batches_of_python_3(protocol):
    batch = pickles.read(pickle.dumps({'data': ARRAY, 'labels': [1, 2], 'name': ('é', b'x', None, 1.5)}, protocol))
    assert (batch['data'] == ARRAY).all() and batch['labels'] == [1, 2] and batch['name'] == ('é', b'x', None, 1.5)
    assert (pickles.read(pickle.dumps(np.asfortranarray(ARRAY), protocol)) == ARRAY).all()


class Attack:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('call', [
    (os.system, ('touch {}',)), (eval, ("open('{}', 'w')",)), (getattr, (os, 'system')), (np.load, ('{}',)),
    (np.frombuffer, (b'', 'u1')), (pickle.loads, (b'.',)), (bytearray, (9,)), (object, ())])
def test_everything_else_is_refused(tmp_path, call):
    target = tmp_path / 'touched'
    call = call[0], tuple(part.format(target) if isinstance(part, str) else part for part in call[1])
    for protocol in range(5):
        try:
            content = pickle.dumps({'data': ARRAY, 'x': Attack(*call)}, protocol)
        except TypeError:                # a module, or a recursive pickle, cannot be written
            continue
        with pytest.raises(pickles.Refused, match='asks for .*, and only arrays, text and numbers are read') as caught:
            pickles.read(content)
        assert '\n' not in str(caught.value)
    assert not target.exists()


@pytest.mark.parametrize('content', [
    b'', b'\x80\x02', b'not a pickle', PYTHON2[:-30], b'\x80\x02cnumpy\nndarray\n}b.',
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n}(U\x01aK\x01ub.", b'\x80\x02r\xff\xff\xff\xff.',
    b'\x80\x02c_codecs\nencode\n}b.',
    PYTHON2.replace(b'U\x02u1', b'U\x02O8'), PYTHON2.replace(b'K\x03K\x04\x86', b'K\x03K\x05\x86')])
def test_damaged_pickles(content):
    with pytest.raises(pickles.Refused) as caught:
        pickles.read(content)
    assert '\n' not in str(caught.value)


def test_every_truncation_and_many_changes_give_a_value_or_are_refused():
    rng = np.random.default_rng(0)
    for position in range(len(PYTHON2)):
        changed = bytearray(PYTHON2)
        changed[position] = rng.integers(256)
        for content in (PYTHON2[:position], bytes(changed)):
            try:
                pickles.read(content)
            except pickles.Refused:
                pass
