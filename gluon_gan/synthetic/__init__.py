"""Synthetic images rendered from parameters: faces with exact attributes, and quilts with known blocks.

The functions return NumPy arrays; :mod:`gluon_gan.data` wraps them in data sets. :func:`faces` and :func:`quilts`
sample parameters and render them. :func:`sample_faces` and :func:`sample_quilts` only sample parameters, and
:func:`render_faces` and :func:`render_quilts` only render them, for example after the caller has changed some.
"""
from .faces import Faces, faces, render_faces
from .patterns import BLOCKS
from .people import ATTRIBUTES, RENDERED, attributes, sample_faces
from .quilts import Quilts, quilts, render_quilts, sample_quilts
