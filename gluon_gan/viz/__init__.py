"""Grids, strips, curves and animations from arrays.

The functions return a PIL image, a matplotlib figure, or the path of the file that they wrote. None of them opens a
window or changes global state: a notebook displays the result, and a script saves it.
"""
from ..support.files import read_history as read_history
from .animation import animate as animate
from .curves import EQUILIBRIUM as EQUILIBRIUM
from .curves import Figure as Figure
from .curves import curves as curves
from .grids import grid as grid
from .grids import labelled as labelled
from .grids import stack as stack
from .grids import strip as strip
from .saving import save as save
from .saving import save_each as save_each
from .small import few_colours as few_colours
from .small import photo as photo
