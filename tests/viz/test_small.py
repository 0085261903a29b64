"""Pictures that take little space in the file of a notebook."""
import io

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg


def picture():
    return gg.viz.grid(np.random.default_rng(0).uniform(-1, 1, (16, 3, 32, 32)))


def test_few_colours_has_no_more_than_asked_and_a_smaller_png():
    image, sizes = picture(), []
    for colours in (16, 64):
        few = gg.viz.few_colours(image, colours)
        assert few.size == image.size and len(few.convert('RGB').getcolors()) <= colours
        assert few._repr_jpeg_ is None                      # a notebook stores the PNG only
        sizes.append(len(few._repr_png_()))
    assert sizes[0] < sizes[1] < len(image._repr_png_()) / 2


def test_few_colours_takes_a_figure():
    figure = gg.viz.Figure(figsize=(2, 1), dpi=90)
    figure.subplots().plot([0, 1])
    assert gg.viz.few_colours(figure, 16).size == (180, 90)


@pytest.mark.parametrize('mode', ['RGB', 'P'])
def test_a_photo_is_a_jpeg_and_smaller_at_less_quality(mode):
    image = picture().convert(mode)
    sizes = []
    for quality in (30, 80):
        data = gg.viz.photo(image, quality).data
        assert Image.open(io.BytesIO(data)).format == 'JPEG' and Image.open(io.BytesIO(data)).size == image.size
        sizes.append(len(data))
    assert sizes[0] < sizes[1]
