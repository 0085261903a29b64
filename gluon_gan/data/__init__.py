"""Data sets and the batches made of them.

Modules here are named after what they hold (`digits`, `faces`, `patchwork`, `fetch`, `loader` ...), since the functions
have the short names: `gluon_gan.data.mnist` is the function, and `gluon_gan.data.digits` its module.
"""
from . import augment as augment, drawn as drawn
from .catalogue import held_out as held_out, load as load, status as status
from .cifar import cifar10 as cifar10
from .client import Remote as Remote, remote as remote
from .curation import ExampleScorer as ExampleScorer, ResNetScorer as ResNetScorer, curate as curate
from .digits import mnist as mnist
from .faces import celeba as celeba, drawn_faces as drawn_faces
from .fetch import DownloadError as DownloadError, download as download
from .domains import TwoDomains as TwoDomains, domain as domain, two_domains as two_domains
from .folders import folder as folder
from .idx import CorruptFile as CorruptFile
from .images import ImageArray as ImageArray
from .loader import Batches as Batches, batches as batches
from .locate import root as root
from .pairs import Pairs as Pairs
from .oxford import flowers17 as flowers17, flowers102 as flowers102
from .patchwork import quilts as quilts
