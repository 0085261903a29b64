"""Batches: shuffled, augmented, divided into parts, and reproducible from any position."""
import json

import mxnet as mx  # conftest.py imports gluon_gan first, which prepares for it
import numpy as np
import pytest

from gluon_gan.data import Batches, ImageArray, batches
from gluon_gan.support.pixels import to_uint8


@pytest.fixture
def numbered():
    """Twenty images of one pixel, whose value is the number of the image."""
    return ImageArray(np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1), 'numbered')


def numbers(batch):
    return to_uint8(batch).ravel().tolist()


def noise(batch, rng):
    return rng.integers(0, 256, batch.shape, dtype=np.uint8)


def test_shape_and_range():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
    batch = next(iter(batches(pixels, 6, shuffle=False)))
    assert isinstance(batch, mx.nd.NDArray) and batch.context == mx.cpu()
    assert batch.shape == (6, 3, 4, 5) and batch.dtype == np.float32
    assert batch[2, 1, 3, 4].asscalar() == pytest.approx(pixels[2, 3, 4, 1] / 127.5 - 1, abs=1e-6)


def test_the_order_depends_on_seed_and_epoch(numbered):
    loader = batches(numbered, 5, seed=3)
    for epoch in range(2):
        assert loader.epoch == epoch
        assert sum(map(numbers, loader), []) == np.random.default_rng([3, epoch]).permutation(20).tolist()


def test_equal_seeds_give_equal_batches_and_other_seeds_do_not(numbered):
    first, second, other = ([numbers(b) for b in batches(numbered, 5, seed=s)] for s in (1, 1, 2))
    assert first == second != other


@pytest.mark.parametrize('drop_last, lengths', [(True, [6, 6, 6]), (False, [6, 6, 6, 2])])
def test_the_last_batch(numbered, drop_last, lengths):
    loader = batches(numbered, 6, drop_last=drop_last, shuffle=False)
    assert [len(batch) for batch in loader] == lengths and len(loader) == len(lengths)
    assert loader.state() == {'epoch': 1, 'batch': 0}
    assert numbers(next(iter(loader))) == [0, 1, 2, 3, 4, 5]


def test_a_batch_larger_than_the_set_without_drop_last(numbered):
    loader = batches(numbered, 64, drop_last=False)
    assert len(loader) == 1 and [len(batch) for batch in loader] == [20]


@pytest.mark.parametrize('taken', [0, 1, 3, 4, 5, 9])
def test_a_restored_loader_continues_with_the_same_batches(numbered, taken):
    def stream(loader):
        while True:
            yield from loader
    whole = stream(batches(numbered, 5, augment=noise))
    expected = [numbers(next(whole)) for _ in range(14)]
    first = batches(numbered, 5, augment=noise)
    run = stream(first)
    received = [numbers(next(run)) for _ in range(taken)]
    state = json.loads(json.dumps(first.state()))
    assert state == {'epoch': taken // 4, 'batch': taken % 4}
    second = batches(numbered, 5, augment=noise)
    second.restore(state)
    run = stream(second)
    assert received + [numbers(next(run)) for _ in range(14 - taken)] == expected


def test_the_next_loop_continues_one_that_was_left_early(numbered):
    loader = batches(numbered, 5, shuffle=False)
    for _ in loader:
        break
    assert [numbers(batch)[0] for batch in loader] == [5, 10, 15] and loader.epoch == 1


def test_augmentation_depends_on_epoch_and_batch_and_does_not_modify_the_set(numbered):
    def blacken(batch, rng):
        batch[:] = rng.integers(256)
        return batch
    for shuffle in (True, False):
        loader = batches(numbered, 5, shuffle=shuffle, augment=blacken)
        levels = [numbers(batch)[0] for _ in range(2) for batch in loader]
        assert levels == [np.random.default_rng([0, e, b + 1]).integers(256) for e in range(2) for b in range(4)]
        assert len(set(levels)) > 4 and numbered.images.ravel().tolist() == list(range(20))


def test_augmentation_may_crop():
    loader = batches(np.zeros((4, 8, 8, 3), np.uint8), 2, augment=lambda batch, rng: batch[:, 1:7, 2:6])
    assert next(iter(loader)).shape == (2, 3, 6, 4)


@pytest.mark.parametrize('result', [
    lambda b: b.astype(np.float32), lambda b: b[:1], lambda b: b.repeat(3, 3), lambda b: None])
def test_bad_augmentation(numbered, result):
    message = r'augment must return \(N, H, W, C\) uint8 with the N and C of \(5, 1, 1, 1\) uint8'
    with pytest.raises(ValueError, match=message):
        next(iter(batches(numbered, 5, augment=lambda batch, rng: result(batch))))


def test_memmap_and_plain_arrays(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 6, 6), dtype=np.uint8)
    np.save(tmp_path / 'a.npy', pixels)
    mapped = next(iter(batches(np.load(tmp_path / 'a.npy', mmap_mode='r'), 9)))
    plain = next(iter(batches(pixels, 9)))
    assert (mapped == plain).asnumpy().all() and plain.shape == (9, 1, 6, 6)


@pytest.mark.parametrize('shuffle', [True, False])
@pytest.mark.parametrize('augment', [None, noise])
def test_concatenated_parts_equal_the_batch(numbered, shuffle, augment):
    options = dict(batch_size=6, shuffle=shuffle, seed=3, augment=augment)
    whole, parts = batches(numbered, **options), [batches(numbered, **options, part=part, parts=3) for part in range(3)]
    for _ in range(2):
        streams = [whole, *parts]
        for batch, *divided in zip(*streams):
            assert [len(part) for part in divided] == [2, 2, 2]
            assert sum(map(numbers, divided), []) == numbers(batch)
            assert len({json.dumps(loader.state()) for loader in streams}) == 1
    assert [len(loader) for loader in streams] == [3] * 4 and whole.epoch == 2


def test_a_smaller_last_batch_is_divided_too(numbered):
    loaders = [batches(numbered, 6, drop_last=False, shuffle=False, part=part, parts=2) for part in range(2)]
    assert [[numbers(part) for part in loader][-1] for loader in loaders] == [[18], [19]]


@pytest.mark.parametrize('arguments, message', [
    ({'part': 2, 'parts': 2}, 'part=2 must be from 0 to 1, since parts=2'),
    ({'part': -1}, 'part must be an int of at least 0'),
    ({'parts': 0}, 'parts must be an int of at least 1'),
    ({'parts': 2}, 'a batch of 5 cannot be divided into 2 equal parts: choose a batch_size that is a multiple of 2$'),
    ({'batch_size': 15, 'parts': 3, 'drop_last': False},
     'a batch of 5 cannot be divided into 3 equal parts: .* and drop_last=True'),
    ({'batch_size': 0}, 'batch_size must be an int of at least 1, not 0'),
    ({'batch_size': -4}, 'batch_size must be an int of at least 1, not -4'),
    ({'batch_size': 2.0}, 'batch_size must be .* not 2.0'),
    ({'batch_size': True}, 'batch_size must be .* not True'),
    ({'batch_size': 21}, 'batch_size=21 is more than the 20 images of numbered'),
    ({'seed': -1}, 'seed must be an int of at least 0, not -1'),
    ({'seed': None}, 'seed must be .* not None'),
    ({'augment': 'flip'}, "augment='flip' must"),
    ({'ctx': 'cpu'}, "ctx='cpu' must be a single mxnet.Context"),
    ({'ctx': [mx.cpu()]}, 'must be a single mxnet.Context')])
def test_bad_arguments(numbered, arguments, message):
    with pytest.raises(ValueError, match=message):
        Batches(numbered, **{'batch_size': 5, **arguments})


@pytest.mark.parametrize('images, message', [
    (np.zeros((3, 1, 8, 8), np.float32), 'float32'), ('mnist', 'not str'),
    (np.zeros((0, 8, 8, 1), np.uint8), 'is empty')])
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        batches(images, 1)


@pytest.mark.parametrize('state', [
    None, {}, {'epoch': 0}, {'epoch': -1, 'batch': 0}, {'epoch': 0, 'batch': 4}, {'epoch': 0, 'batch': 1.5}])
def test_bad_state(numbered, state):
    loader = batches(numbered, 5)
    with pytest.raises(ValueError, match='state='):
        loader.restore(state)
    assert loader.state() == {'epoch': 0, 'batch': 0}
