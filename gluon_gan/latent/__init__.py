"""The latent space: sample it, walk through it, do arithmetic in it, and recover the z of an image.

Every function takes any callable ``netG``, and takes and returns arrays. ``latent.generate(netG, z)`` generates the
images of given z. ``latent.walk(netG, z)`` does the same for a walk and measures its smoothness. :mod:`gluon_gan.viz`
displays the images.
"""
from ..support import renamed as _renamed
from .algebra import Direction as Direction
from .algebra import Effect as Effect
from .algebra import along as along
from .algebra import arithmetic as arithmetic
from .algebra import direction as direction
from .algebra import effect as effect
from .algebra import neighbours as neighbours
from .algebra import turn_vector as turn_vector
from .inversion import Inversion as Inversion
from .inversion import invert as invert
from .sampling import generate as generate
from .sampling import labels as labels
from .sampling import sample as sample
from .sampling import sample_z as sample_z
from .sampling import stream as stream
from .sliders import Sliders as Sliders
from .walk_images import Walk as Walk
from .walk_images import walk as walk
from .walks import diagonal as diagonal
from .walks import lerp as lerp
from .walks import path as path
from .walks import slerp as slerp
from .walks import smoothness as smoothness
from .walks import sweep as sweep


def __getattr__(name):
    raise _renamed.attribute_error(__name__, name)
