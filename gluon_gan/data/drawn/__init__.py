"""Pictures that this package draws, for those who do not have the real ones: faces with exact attributes, and quilts.

Modules here are named after what they hold, since the functions have the short names: `drawn.faces` is the function, and what
else is in its module is imported from it, as in ``from gluon_gan.data.drawn.quilts import BLOCKS``.
"""
from .faces import faces as faces
from .quilts import quilts as quilts
