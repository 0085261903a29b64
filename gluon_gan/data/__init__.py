"""Data sets, and the batches that are made of them.

Each function has the short name, and each module is named after its content: :func:`mnist` is defined in the module
`sets.digits`, :func:`celeba` in `sets.faces`. :mod:`gluon_gan.catalogue` finds a data set by its name.
"""
from ..support.fetch import DownloadError, download
from ..support.locate import root
from ..support.renamed import attribute_error as _attribute_error
from . import augment
from .domains import TwoDomains, two_domains
from .folders import folder
from .idx import CorruptFile
from .image_array import ImageArray
from .loader import Batches, batches
from .pairs import Pairs
from .sets.cifar import cifar10
from .sets.digits import fashion_mnist, kmnist, mnist
from .sets.faces import celeba
from .sets.flowers import flowers17, flowers102
from .sets.quilt_photographs import quilts
from .synthetic_sets import (
    render_domain,
    render_faces,
    render_quilts,
    synthetic_domain,
    synthetic_faces,
    synthetic_quilts,
)


def __getattr__(name):
    raise _attribute_error(__name__, name)
