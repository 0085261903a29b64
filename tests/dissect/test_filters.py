"""Filters: planted patterns are found, and receptive fields follow from the architecture."""
import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan import dissect


@pytest.fixture
def head():
    """Two filters: one responds to a bright pixel above a dark one, the other to the opposite."""
    net = nn.Conv2D(2, (2, 1), in_channels=1, use_bias=False)
    net.initialize()
    net.weight.set_data(mx.nd.array([[[[1], [-1]]], [[[-1], [1]]]]))
    return net


def test_images_with_the_pattern_are_found(head):
    images = np.random.default_rng(0).uniform(-0.1, 0.1, (20, 1, 8, 8)).astype(np.float32)
    images[7, 0, 2:4, 5], images[11, 0, 4:6, 1], images[3, 0, 6:8, 0] = [1, -1], [0.8, -0.8], [-1, 1]
    found = dissect.top_activating_images(head, images, [0, 1], n=2)
    assert found[0].pictures.tolist() == [7, 11] and found[1].pictures[0] == 3
    assert found[0].values == pytest.approx([2, 1.6])
    assert found[0].boxes.tolist() == [[5, 2, 6, 4], [1, 4, 2, 6]] and found[0].selectivity > 5
    assert dissect.crops(images, found[0])[0].ravel().tolist() == [1, -1]


@pytest.mark.parametrize('layer, field, step', [('down.0', 4, 2), ('down.1', 10, 4), ('down.2', 22, 8)])
def test_receptive_field_follows_from_the_architecture(layer, field, step):
    """Kernels of 4 and strides of 2 give fields of 4, 10, 22 that start at step i - padding, clipped to the image."""
    netD = gg.Discriminator(64, 1, ndf=2)
    netD.initialize(mx.init.Normal(0.2))
    head, _ = dissect.split(netD, layer)
    padding = {'down.0': 1, 'down.1': 3, 'down.2': 7}[layer]
    for y, x in ((0, 1), (3, 2)):
        starts = [max(0, step * location - padding) for location in (x, y)]
        ends = [min(64, step * location - padding + field) for location in (x, y)]
        assert dissect.receptive_field(head, (1, 64, 64), y, x) == (*starts, *ends)


def test_crops_at_the_edge_are_padded_with_grey(head):
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize(mx.init.Normal(0.2))
    images = np.random.default_rng(1).uniform(-1, 1, (6, 1, 28, 28)).astype(np.float32)
    found = dissect.top_activating_images(dissect.split(netD, 'down.1')[0], images, [0], n=6)[0]
    crops = dissect.crops(images, found)
    assert crops.shape[2] <= 10 and found.boxes.min() >= 0 and found.boxes.max() <= 28
    assert sorted(found.pictures) == list(range(6))


def test_activation_maximisation_finds_the_pattern(head):
    found = dissect.activation_maximisation(head, (1, 8, 8), [0, 1], steps=20)
    assert found.values == pytest.approx([2, 2], abs=1e-3)                    # the maximum for images in [-1, 1]
    assert found.pictures[0, 0, 3:5, 4] == pytest.approx([1, -1], abs=1e-3)
    assert found.pictures[1, 0, 3:5, 4] == pytest.approx([-1, 1], abs=1e-3)
    assert abs(found.pictures).max() <= 1
    assert abs(found.pictures[0, 0, :, :3]).max() < 0.3      # outside the receptive field nothing changes


@pytest.mark.parametrize('call, message', [
    (lambda head: dissect.top_activating_images(head, np.zeros((3, 1, 8, 8)), [2], n=1), 'feature maps 0 to 1, not 2'),
    (lambda head: dissect.top_activating_images(head, np.zeros((3, 1, 8, 8)), [0], n=4), 'number of images, 3, not 4'),
    (lambda head: dissect.receptive_field(head, (1, 8, 8), 7, 0), r'\(7, 0\) is outside this feature map of 7x8'),
    (lambda head: dissect.receptive_field(lambda x: x * 0, (1, 8, 8), 0, 0), 'does not depend on any pixel'),
    (lambda head: dissect.activation_maximisation(head, (1, 8, 8), []), 'filters must be one or more of 0 to 1'),
    (lambda head: dissect.activation_maximisation(head, (1, 8, 8), [0], step=0), 'step')])
def test_invalid_arguments_are_named(head, call, message):
    with pytest.raises(ValueError, match=message):
        call(head)
