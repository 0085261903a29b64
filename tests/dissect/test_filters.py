"""What a map looks for: planted patterns, and the fields that units see."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import dissect
from mxnet.gluon import nn


@pytest.fixture
def head():
    """One map that looks for a bright pixel above a dark one, one that looks for the opposite."""
    net = nn.Conv2D(2, (2, 1), in_channels=1, use_bias=False)
    net.initialize()
    net.weight.set_data(mx.nd.array([[[[1], [-1]]], [[[-1], [1]]]]))
    return net


def test_the_pictures_with_the_pattern(head):
    pictures = np.random.default_rng(0).uniform(-0.1, 0.1, (20, 1, 8, 8)).astype(np.float32)
    pictures[7, 0, 2:4, 5], pictures[11, 0, 4:6, 1], pictures[3, 0, 6:8, 0] = [1, -1], [0.8, -0.8], [-1, 1]
    found = dissect.most_exciting(head, pictures, [0, 1], n=2)
    assert found[0].pictures.tolist() == [7, 11] and found[0].values == pytest.approx([2, 1.6]) and found[1].pictures[0] == 3
    assert found[0].boxes.tolist() == [[5, 2, 6, 4], [1, 4, 2, 6]] and found[0].selectivity > 5
    assert dissect.crops(pictures, found[0])[0].ravel().tolist() == [1, -1]


@pytest.mark.parametrize('layer, field, step', [('down.0', 4, 2), ('down.1', 10, 4), ('down.2', 22, 8)])
def test_the_field_by_the_formula(layer, field, step):
    """Of kernels of 4 and strides of 2: r = 4, 10, 22 and a first pixel at step i - padding, cut to the picture."""
    netD = gg.Discriminator(64, 1, ndf=2)
    netD.initialize(mx.init.Normal(0.2))
    head, _ = dissect.split(netD, layer)
    padding = {'down.0': 1, 'down.1': 3, 'down.2': 7}[layer]
    for y, x in ((0, 1), (3, 2)):
        tops = [max(0, step * place - padding) for place in (x, y)]
        ends = [min(64, step * place - padding + field) for place in (x, y)]
        assert dissect.receptive_field(head, (1, 64, 64), y, x) == (*tops, *ends)


def test_fields_at_the_edge_are_filled_up_with_grey(head):
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize(mx.init.Normal(0.2))
    pictures = np.random.default_rng(1).uniform(-1, 1, (6, 1, 28, 28)).astype(np.float32)
    found = dissect.most_exciting(dissect.split(netD, 'down.1')[0], pictures, [0], n=6)[0]
    cut = dissect.crops(pictures, found)
    assert cut.shape[2] <= 10 and found.boxes.min() >= 0 and found.boxes.max() <= 28 and sorted(found.pictures) == list(range(6))


def test_ascent_draws_the_pattern(head):
    made = dissect.ascend(head, (1, 8, 8), [0, 1], steps=20)
    assert made.values == pytest.approx([2, 2], abs=1e-3)                    # the most there is, in [-1, 1]
    assert made.pictures[0, 0, 3:5, 4] == pytest.approx([1, -1], abs=1e-3) and made.pictures[1, 0, 3:5, 4] == pytest.approx([-1, 1], abs=1e-3)
    assert abs(made.pictures).max() <= 1 and abs(made.pictures[0, 0, :, :3]).max() < 0.3      # where nothing is seen, nothing changes


@pytest.mark.parametrize('what, message', [
    (lambda head: dissect.most_exciting(head, np.zeros((3, 1, 8, 8)), [2], n=1), 'the maps 0 to 1, not 2'),
    (lambda head: dissect.most_exciting(head, np.zeros((3, 1, 8, 8)), [0], n=4), 'n=4 pictures'),
    (lambda head: dissect.receptive_field(head, (1, 8, 8), 7, 0), r'\(7, 0\) is no location of a 7x8 map'),
    (lambda head: dissect.receptive_field(lambda x: x * 0, (1, 8, 8), 0, 0), 'depends on no pixel'),
    (lambda head: dissect.ascend(head, (1, 8, 8), []), 'filters must be some of 0 to 1'), (lambda head: dissect.ascend(head, (1, 8, 8), [0], step=0), 'step')])
def test_mistakes_are_one_line(head, what, message):
    with pytest.raises(ValueError, match=message):
        what(head)
