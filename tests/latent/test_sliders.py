"""Sliders for single dimensions of z: what they show is what the generator made of the values beside them."""
import base64
import io
import re
import sys

import mxnet as mx
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

import gluon_gan as gg
from gluon_gan import latent, pixels

pytest.importorskip('ipywidgets', reason='needs the extra `notebooks`')

Z = np.array([0.31, -0.52, 5.26, 1.0, -2.0])


def netG(z):
    """(N, 1, 5, 6): each dimension of z is one line of the image."""
    return mx.nd.tanh(0.2 * z).reshape((-1, 1, 5, 1)).broadcast_to((0, 1, 5, 6))


def levels(z, scale=1):
    image = pixels.to_uint8(netG(mx.nd.array(z[None])))[0, ..., 0]
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def ends(slider):
    return slider.options[0][1], slider.options[-1][1]


@pytest.fixture
def shown():
    return latent.Sliders(netG, Z, dimensions=(0, 1, 2), step=0.25, scale=2)


def test_the_first_values_are_multiples_of_the_step_and_the_others_are_those_of_z(shown):
    assert {dimension: slider.value for dimension, slider in shown.sliders.items()} == {0: 0.25, 1: -0.5, 2: 5.25}
    assert shown.z.tolist() == [0.25, -0.5, 5.25, 1, -2] and shown.z.dtype == np.float32
    assert (np.asarray(shown.image) == levels(shown.z, 2)).all()


def test_a_range_contains_the_limit_and_the_first_value(shown):
    assert [ends(slider) for slider in shown.sliders.values()] == [(-3, 3), (-3, 3), (-5.5, 5.5)]
    wider = latent.Sliders(netG, Z, dimensions=[0], limit=3.1, step=0.5)
    assert ends(wider.sliders[0]) == (-3.5, 3.5)
    assert latent.Sliders(netG, Z, dimensions=[0], limit=0.3).sliders[0].options[-1] == ('0.4', 0.4)   # for 0.31


@pytest.mark.parametrize('order', [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_every_slider_changes_the_image_whatever_the_others_hold(shown, order):
    expected = shown.z
    for value in (2.0, -1.0, 0.5):
        for dimension in order:
            before = np.asarray(shown.image)
            shown.sliders[dimension].value = value
            expected[dimension] = value
            assert (shown.z == expected).all() and (np.asarray(shown.image) != before).any()
            assert (np.asarray(shown.image) == levels(expected, 2)).all()


def test_a_value_between_two_positions_is_rounded_in_the_slider_too(shown):
    shown.sliders[0].value = 1.13
    assert shown.sliders[0].value == shown.z[0] == 1.25
    shown.sliders[0].value = 99
    assert shown.sliders[0].value == shown.z[0] == 3
    assert (np.asarray(shown.image) == levels(shown.z, 2)).all()


def test_the_file_of_the_image_names_its_values_as_the_page_shows_them():
    shown = latent.Sliders(netG, Z, dimensions=(1, 3), step=0.1)
    shown.sliders[1].value = 0.1 + 0.2          # 0.30000000000000004, as a browser would send it
    assert shown.image.text == {'z[1]': '0.3', 'z[3]': '1.0'}
    assert [(slider.description, slider.label) for slider in shown.sliders.values()] == list(shown.image.text.items())
    shown.sliders[1].value = -0.01
    assert shown.image.text['z[1]'] == '0.0'


@pytest.mark.parametrize('step, wanted', [
    (1, ['-2', '-1', '0', '1', '2']), (0.5, ['-1.0', '-0.5', '0.0', '0.5', '1.0']), (0.25, ['-0.50', '-0.25', '0.00']),
    (1e-3, ['-0.002', '-0.001', '0.000']), (1 / 3, ['-0.666667', '-0.333333', '0.000000'])])
def test_a_slider_has_a_position_for_each_multiple_of_the_step(step, wanted):
    shown = latent.Sliders(netG, 0 * Z, dimensions=[0], limit=2 * step, step=step)
    options = shown.sliders[0].options
    assert len(options) == 5 and [label for label, _ in options][:len(wanted)] == wanted
    assert all(float(label) == value for label, value in options)


def test_the_attributes_are_copies(shown):
    shown.z[:] = 9
    assert shown.z[0] == 0.25 and Z[0] == 0.31


def test_the_image_is_about_192_pixels_high_by_default():
    assert latent.Sliders(netG, Z, [0]).image.size == (38 * 6, 38 * 5)


def test_colours_and_classes():
    net = gg.Generator(size=28, ngf=4, nz=4, channels=3, classes=2)
    net.initialize(mx.init.Normal(1))
    z = np.ones(4, np.float32)
    first, second = (latent.Sliders(net, z, [0], classes=label, scale=1).image for label in (0, 1))
    assert first.mode == 'RGB' and (np.asarray(first) != np.asarray(second)).any()
    assert (np.asarray(second) == pixels.to_uint8(latent.generate(net, z[None], 1))[0]).all()


def test_the_output_of_a_cell_has_the_widget_and_the_image_of_that_moment(shown):
    data, _ = DisplayFormatter().format(shown)
    assert data['application/vnd.jupyter.widget-view+json']['model_id'] == shown.widget.model_id
    assert data['text/plain'] == 'Sliders(dimensions=(0, 1, 2))'
    with Image.open(io.BytesIO(base64.b64decode(data['image/png']))) as image:
        assert (np.asarray(image) == levels(shown.z, 2)).all()


@pytest.mark.parametrize('changed, message', [
    ({'dimensions': (0, 5)}, 'dimensions must be different ints from 0 to 4, not (0, 5)'),
    ({'dimensions': None}, 'dimensions must be at least one number'),
    ({'dimensions': (1, 1)}, 'dimensions must be different ints from 0 to 4, not (1, 1)'),
    ({'dimensions': [0.5]}, 'dimensions must be different ints from 0 to 4, not [0.5]'),
    ({'dimensions': [-1]}, 'dimensions must be different ints from 0 to 4, not [-1]'),
    ({'dimensions': []}, 'dimensions must be at least one number, not an array of shape (0,)'),
    ({'z': np.zeros((2, 5))}, 'z must be a single z of shape (nz,), not an array of shape (2, 5)'),
    ({'step': 0}, 'step must be a positive number, not 0'),
    ({'limit': 0.01}, 'limit must be a number from step=0.1 to 1000 steps, not 0.01'),
    ({'limit': 101.0}, 'limit must be a number from step=0.1 to 1000 steps, not 101.0'),
    ({'z': np.full(5, 101.0)}, 'z[0]=101 is more than 1000 steps of 0.1 away from 0'),
    ({'scale': 0}, 'scale must be an int of at least 1, not 0'),
])
def test_errors_name_the_value(changed, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        latent.Sliders(netG, **{'z': Z, 'dimensions': (0,), **changed})


def test_without_ipywidgets_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ipywidgets', None)
    with pytest.raises(ImportError, match=r"pip install 'gluon-gan\[notebooks\]'"):
        latent.Sliders(netG, Z)
