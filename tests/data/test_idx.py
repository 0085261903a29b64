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
    (gzip.compress(GOOD)[:-9], 'cut off or damaged'), (_damaged_gzip(), 'cut off or damaged'), (gzip.compress(GOOD) + b'rest', 'damaged'),
    (b'', 'cut off: 0 bytes'), (GOOD[:7], 'cut off: 7 bytes'), (GOOD[:-1], 'promises 2 x 3 x 2 = 12 bytes and holds 11'),
    (GOOD + b'1', 'holds 13'), (b'<!DOCTYPE html><html>', 'no IDX file of 3-dimensional bytes'),
    (struct.pack('>BBBBI', 0, 0, 8, 1, 12) + bytes(12), 'begins with 00000801'),
    (struct.pack('>BBBBIII', 0, 0, 13, 3, 1, 1, 1) + bytes(4), 'begins with 00000d03'),
    (struct.pack('>BBBBIII', 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1), 'and holds 0')])
def test_bad_file_is_named_with_the_remedy(tmp_path, content, what):
    path = tmp_path / 'train-images-idx3-ubyte.gz'
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match=what) as caught:
        read_idx(path, 3)
    line = str(caught.value)
    assert line.startswith(str(path)) and line.endswith('delete it, and it will be downloaded, or replaced by the stand-in') and '\n' not in line
    assert [p.name for p in tmp_path.iterdir()] == [path.name] and path.read_bytes() == content
