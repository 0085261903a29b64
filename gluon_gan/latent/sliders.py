"""Sliders for single dimensions of z, as a widget of Jupyter notebooks."""
import base64
import io
import math
from decimal import Decimal

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ..support import pixels
from ..support.checks import number, shown, whole_number
from ._validation import list_of_numbers, single_z
from .sampling import generate

HEIGHT = 192         # pixels of the displayed image, about
MOST = 1000          # positions of a slider on each side of zero


class Sliders:
    """An image of a generator, beside one slider for each of some dimensions of its z.

    In a running notebook, the last line of a cell displays the widget. Outside one (on GitHub, in a printed page) the
    output shows the image of the first position. Each slider holds the value of its dimension, the other dimensions
    keep the values of ``z``, and every change of a slider replaces the image before the next change is read. While a
    handle is dragged, JupyterLab sends a new value only after the kernel has answered the last one, so that a slow
    generator skips positions and does not lag behind.

    A slider stops at multiples of ``step`` only, both in the browser and in the kernel: the number beside it is the
    value that the image was generated from. Code that sets the ``value`` of a slider to another number sets the nearest
    position. The PNG that the browser shows contains these values as text chunks named
    ``z[25]``; ``tools/run_in_jupyterlab.py`` compares them with the displayed numbers.

    Parameters
    ----------
    netG : callable
        As for :func:`~gluon_gan.latent.sample`.
    z : array_like
        ``(nz,)``, the first position. The values of the chosen dimensions are rounded to a multiple of ``step``.
    dimensions : sequence of int
        The dimensions that get a slider, from 0 to nz - 1, each at most once.
    limit : float
        Each slider ranges from ``-limit`` to ``limit``, rounded up to a multiple of ``step``, and further if ``z`` lies
        outside.
    step : float
        The distance between neighbouring positions.
    classes : int, optional
        The class, for a class-conditional netG.
    scale : int, optional
        Integer factor by which the image is enlarged; pixels are repeated. By default, the image is about 192 pixels
        high.

    Attributes
    ----------
    z : numpy.ndarray
        ``(nz,)`` float32, the z of the image on display. It is a copy.
    image : PIL.Image.Image
        The image on display.
    sliders : dict of int to ipywidgets.SelectionSlider
        The slider of each dimension: ``shown.sliders[25].value = 2`` moves it and replaces the image.
    widget : ipywidgets.HBox
        The image and the sliders, for use inside another widget.

    Raises
    ------
    ImportError
        If ipywidgets, which is part of the extra ``notebooks``, is missing.
    ValueError
        If a dimension is out of range or given twice, there is none, another argument is out of range, or the value of
        a dimension is more than 1000 steps away from 0.

    Examples
    --------
    >>> shown = latent.Sliders(netG, latent.sample_z(1, netG.nz, seed=0), dimensions=(25, 50, 75))
    >>> shown
    """

    def __init__(self, netG, z, dimensions=(0, 1, 2, 3), limit=3.0, step=0.1, classes=None, scale=None):
        widgets = _ipywidgets()
        self._z, self._netG, self._classes = single_z('z', z), netG, classes
        dimensions = _dimensions(dimensions, len(self._z))
        step = number('step', step, 'a positive number', least=1e-6)
        limit = number('limit', limit, f'a number from step={step:g} to {MOST} steps', step, (MOST + 0.5) * step)
        self._scale = scale if scale is None else whole_number('scale', scale)
        self.sliders = {}
        for dimension in dimensions:
            if abs(self._z[dimension]) > (MOST + 0.5) * step:
                raise ValueError(f'z[{dimension}]={self._z[dimension]:g} is more than {MOST} steps of {step:g} away '
                                 'from 0: choose a larger step, or leave this dimension out')
            positions = _positions(max(limit, abs(float(self._z[dimension]))), step)
            nearest = _nearest(positions)
            # A FloatSlider would send the value back as the browser computes it, 0.30000000000000004 for 0.3, and
            # thereby overwrite what a later cell has set. A SelectionSlider sends the number of the position.
            self.sliders[dimension] = widgets.SelectionSlider(
                options=[(label, float(label)) for label in positions], equals=nearest,
                value=float(self._z[dimension]), description=f'z[{dimension}]')
        self._screen = widgets.Image(format='png')
        self._show()
        for slider in self.sliders.values():
            slider.observe(self._show, 'value')
        self.widget = widgets.HBox([self._screen, widgets.VBox(list(self.sliders.values()))])

    @property
    def z(self):
        return self._z.copy()

    @property
    def image(self):
        with Image.open(io.BytesIO(self._screen.value)) as opened:
            opened.load()
            return opened

    def __repr__(self):
        return f'Sliders(dimensions={tuple(self.sliders)})'

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The widget for a running notebook, and the image for readers without a kernel."""
        bundle = self.widget._repr_mimebundle_()
        return {**bundle, 'text/plain': repr(self), 'image/png': base64.b64encode(self._screen.value).decode()}

    def _show(self, change=None):
        """Generate the image of the values that all sliders hold."""
        for dimension, slider in self.sliders.items():
            self._z[dimension] = slider.value
        levels = pixels.to_uint8(generate(self._netG, self._z[None], self._classes))[0]
        scale = self._scale or max(1, round(HEIGHT / len(levels)))
        levels = levels.repeat(scale, axis=0).repeat(scale, axis=1)
        used = PngInfo()
        for slider in self.sliders.values():
            used.add_text(slider.description, slider.label)
        png = io.BytesIO()
        Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels).save(png, 'PNG', pnginfo=used)
        self._screen.value = png.getvalue()


def _positions(limit, step):
    """list of str: the multiples of a step from -limit to limit or just beyond, in ascending order."""
    decimals = min(6, max(0, -Decimal(str(step)).normalize().as_tuple().exponent))
    end = math.ceil(limit / step - 1e-6)
    return [f'{round(count * step, decimals) + 0.0:.{decimals}f}' for count in range(-end, end + 1)]


def _nearest(positions):
    """A function of a position and a value: is this the position that the value is rounded to?"""
    values = np.array(positions, np.float64)

    def equal(position, value):
        return position == values[np.abs(values - value).argmin()]
    return equal


def _dimensions(dimensions, nz):
    """The dimensions as a list of int, each from 0 to nz - 1 and none twice."""
    found = list_of_numbers('dimensions', dimensions if dimensions is not None else ())
    if (found % 1).any() or found.min() < 0 or found.max() >= nz or len(set(found)) < len(found):
        raise ValueError(f'dimensions must be different ints from 0 to {nz - 1}, not {shown(dimensions)}')
    return [int(dimension) for dimension in found]


def _ipywidgets():
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError("sliders need the package ipywidgets: pip install 'gluon-gan[notebooks]'") from error
    return ipywidgets
