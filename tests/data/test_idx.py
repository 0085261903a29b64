"""The IDX format: valid files, and every kind of invalid one."""
import gzip
import struct

import numpy as np
import pytest

from gluon_gan.data import CorruptFile
from gluon_gan.data.idx import read_idx

GOOD = struct.pack('>BBBBIII', 0, 0, 8, 3, 2, 3, 2) + bytes(range(12))


@pytest.mark.parametrize('pack', [gzip.compress, bytes])
def test_reads_gzipped_and_plain(tmp_path, pack):
    (tmp_path / 'f').write_bytes(pack(GOOD))
    array = read_idx(tmp_path / 'f', 3)
    assert array.dtype == np.uint8 and array.tolist() == [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]


def _damaged_gzip():
    packed = bytearray(gzip.compress(bytes(range(256)) * 20))
    packed[20] ^= 255
    return bytes(packed)


@pytest.mark.parametrize('content, what', [
    (gzip.compress(GOOD)[:-9], 'truncated or damaged'), (_damaged_gzip(), 'truncated or damaged'),
    (gzip.compress(GOOD) + b'rest', 'damaged'), (b'', 'truncated: 0 bytes'), (GOOD[:7], 'truncated: 7 bytes'),
    (GOOD[:-1], 'should hold 2 x 3 x 2 = 12 bytes according to its header, and holds 11'), (GOOD + b'1', 'holds 13'),
    (b'<!DOCTYPE html><html>', 'not an IDX file of 3-dimensional bytes'),
    (struct.pack('>BBBBI', 0, 0, 8, 1, 12) + bytes(12), 'begins with 00000801'),
    (struct.pack('>BBBBIII', 0, 0, 13, 3, 1, 1, 1) + bytes(4), 'begins with 00000d03'),
    (struct.pack('>BBBBIII', 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1), 'and holds 0')])
def test_the_message_names_the_file_and_the_remedy(tmp_path, content, what):
    path = tmp_path / 'train-images-idx3-ubyte.gz'
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match=what) as caught:
        read_idx(path, 3)
    line = str(caught.value)
    assert line.startswith(str(path)) and '\n' not in line
    assert line.endswith('delete it, and it will be downloaded, or replaced by the stand-in')
    assert [p.name for p in tmp_path.iterdir()] == [path.name] and path.read_bytes() == content
