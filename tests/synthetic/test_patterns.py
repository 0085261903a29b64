"""Quilt blocks and their lookup tables."""
import numpy as np
import pytest

from gluon_gan.synthetic.patterns import BLOCKS, FABRICS, FINE, lay_out, tables


def areas(block):
    """The fraction of the block that each fabric covers."""
    return np.bincount(lay_out(block).ravel(), minlength=FABRICS) / FINE ** 2


@pytest.mark.parametrize('block, expected', [
    ('nine patch', [4 / 9, 4 / 9, 1 / 9, 0, 0]), ('pinwheel', [1 / 2, 1 / 2, 0, 0, 0]),
    ('Ohio star', [6 / 9, 2 / 9, 1 / 9, 0, 0]), ('friendship star', [6 / 9, 3 / 9, 0, 0, 0]),
    ('flying geese', [1 / 2, 1 / 4, 1 / 8, 1 / 8, 0]), ('rail fence', [0, 1 / 4, 1 / 4, 1 / 4, 1 / 4])])
def test_the_area_of_each_fabric(block, expected):
    assert areas(block) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize('block', [
    'pinwheel', 'friendship star', 'Ohio star', 'churn dash', "bear's paw", 'sawtooth star', 'shoo fly'])
def test_blocks_with_fourfold_rotational_symmetry(block):
    fabric = lay_out(block)
    assert (fabric != np.rot90(fabric)).mean() < 0.02, 'only samples on the cuts differ'


@pytest.mark.parametrize('block', [
    'nine patch', 'Ohio star', 'churn dash', "bear's paw", 'sawtooth star', 'shoo fly', 'flying geese'])
def test_blocks_with_mirror_symmetry(block):
    fabric = lay_out(block)
    assert (fabric != fabric[:, ::-1]).mean() < 0.02


def test_a_pinwheel_and_a_star_have_a_sense_of_rotation():
    for block in ('pinwheel', 'friendship star'):
        assert (lay_out(block) != lay_out(block)[:, ::-1]).mean() > 0.2


def test_an_ohio_star_has_eight_points():
    """The points are halfway along the outer patches, left and right of the ground at the edge of the block."""
    fabric, third = lay_out('Ohio star'), FINE // 3
    assert fabric[4, FINE // 2] == 0 and fabric[third // 2, third + 6] == 1 and fabric[third // 2, 2 * third - 6] == 1
    assert fabric[FINE // 2, FINE // 2] == 2 and fabric[4, 4] == 0


def test_tables_contain_the_fabrics_of_each_block():
    scales, starts, sides, table = tables(64)
    assert scales[0] == 8 and scales[-1] < 96 and len(scales) == len(starts) == len(sides)
    for start, side in zip(starts, sides):
        level = table[start:start + len(BLOCKS) * side ** 2].reshape(len(BLOCKS), side, side, 8) / 255
        assert level[..., :FABRICS].sum(axis=3).min() > 0.97 and level[..., :FABRICS].sum(axis=3).max() <= 1
        for block, name in enumerate(BLOCKS):
            assert level[block, ..., :FABRICS].mean(axis=(0, 1)) == pytest.approx(areas(name), abs=0.02)
