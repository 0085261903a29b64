"""Synthetic quilts: reproducible, varied, and recognisable by their blocks."""
import hashlib

import numpy as np
import pytest

from gluon_gan.synthetic import BLOCKS, Quilts, quilts, sample_quilts
from gluon_gan.synthetic.chunks import CHUNK
from gluon_gan.synthetic.patchwork import patchwork

# sha256 of the first 64 quilts of 64 x 64 pixels. If the rendering changes on purpose, look at them before updating it.
QUILTS = '9ba5b746fcbb3a88c89ea153ccf6209e791d0e44286ebe9d24f5c1e2993e13c5'


def test_shapes_and_types():
    some = quilts(20)
    assert isinstance(some, Quilts) and some.images.shape == (20, 64, 64, 3) and some.images.dtype == np.uint8
    assert (some.labels == some.parameters['block']).all() and some.labels.dtype == np.int64
    assert all(values.shape == (20,) and values.dtype == np.float32 for values in some.parameters.values())
    assert {'nine patch', 'log cabin', 'flying geese', 'Ohio star', 'pinwheel'} <= set(BLOCKS)


def test_a_quilt_depends_only_on_the_seed_and_its_index():
    some = quilts(CHUNK + 9, size=32)
    part = quilts(5, size=32, start=CHUNK - 2)
    rows = slice(CHUNK - 2, CHUNK + 3)
    assert (part.images == some.images[rows]).all() and (part.labels == some.labels[rows]).all()
    assert (quilts(1, size=32, start=7).images[0] == some.images[7]).all()
    assert not (quilts(5, size=32, seed=1).images == some.images[:5]).all(axis=(1, 2, 3)).any()


def test_the_same_pixels_on_every_machine():
    assert hashlib.sha256(quilts(64).images.tobytes()).hexdigest() == QUILTS


def test_all_quilts_differ_and_every_block_occurs():
    some = quilts(400, size=32)
    assert (np.bincount(some.labels, minlength=len(BLOCKS)) > 8).all()
    flat = some.images[:64].reshape(64, -1).astype(int)
    assert (abs(flat[:, None] - flat[None]).mean(axis=2) + 255 * np.eye(64)).min() > 8


def test_a_block_is_recognisable_in_another_palette():
    """Without rotation, prints and the like, the nearest block in another palette is the same block."""
    p = {name: values[:1].repeat(len(BLOCKS)) for name, values in sample_quilts(0, np.arange(1)).items()}
    p.update(block=np.arange(len(BLOCKS), dtype=np.float32), across=np.full(len(BLOCKS), 2, np.float32))
    removed = ('print', 'fold', 'sash', 'rotation', 'bend', 'shift', 'scrappy', 'setting', 'stitch', 'border')
    zeros = {name: np.zeros(len(BLOCKS), np.float32) for name in p if name.startswith(removed)}
    p.update(zeros, stitch_rows=p['stitch_rows'])
    p['view_width'][:] = 1
    images = []
    for palette in (1, 8):
        p['palette'] = np.full(len(BLOCKS), palette, np.float32)
        grey = patchwork(64, p).mean(axis=3).reshape(len(BLOCKS), -1)
        images.append((grey - grey.mean(axis=1, keepdims=True)) / grey.std(axis=1, keepdims=True))
    similarity = images[0] @ images[1].T
    assert similarity.argmax(axis=1).tolist() == list(range(len(BLOCKS)))


def test_other_sizes_show_the_same_quilts():
    small, large = quilts(8, size=64).images.astype(float), quilts(8, size=128).images.astype(float)
    assert abs(large.reshape(8, 64, 2, 64, 2, 3).mean(axis=(2, 4)) - small).mean() < 14


def test_an_empty_set():
    assert quilts(0).images.shape == (0, 64, 64, 3)


@pytest.mark.parametrize('arguments, message', [
    ({'count': -1}, 'count must be an int of at least 0, not -1'),
    ({'count': 1, 'start': 0.5}, 'start must be an int'),
    ({'count': 1, 'size': 8}, 'size must be an int of at least 16, not 8'),
    ({'count': 1, 'size': 1024}, 'size must be an int from 16 to 512, not 1024'),
    ({'count': 1, 'seed': -1}, 'seed must be an int of at least 0, not -1')])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        quilts(**arguments)
