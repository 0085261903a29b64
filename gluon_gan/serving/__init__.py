"""Batches over HTTP: a server that augments (``gluon-gan data serve``), and a loader that reads its batches."""
from .client import Remote as Remote
from .client import remote as remote
