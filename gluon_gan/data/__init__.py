"""Data sets and the batches made of them.

Modules here are named after what they hold (`curation`, `digits`, `fetch`, `images`, `loader`, `locate`), since the functions
have the short names: `gluon_gan.data.mnist` is the function, and `gluon_gan.data.digits` its module.
"""
from .catalogue import load as load, status as status
from .curation import ExampleScorer as ExampleScorer, ResNetScorer as ResNetScorer, curate as curate
from .digits import mnist as mnist
from .fetch import DownloadError as DownloadError, download as download
from .idx import CorruptFile as CorruptFile
from .images import ImageArray as ImageArray
from .loader import Batches as Batches, batches as batches
from .locate import root as root
