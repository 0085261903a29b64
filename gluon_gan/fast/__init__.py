"""A faster training step on the CPU: an extension of MXNet over oneDNN, compiled on first use.

``gluon_gan.GANTrainer`` uses it where it can be had, and computes the plain step elsewhere; ``gluon-gan doctor`` says
which it is, and why. docs/fast.md describes how it works and what was measured.

- :mod:`.pair`: the fast forms of a generator and a discriminator, for the trainer;
- :mod:`.networks`: how they are made from Gluon's networks, whose parameters they share;
- :mod:`.chain`: their convolutions as one operator, and its memory;
- :mod:`.build`: the compiler, the cache, and what can be missing;
- ``source/``: the operators, in C++.
"""
from .build import Unavailable as Unavailable
from .build import status as status
from .pair import Pair as Pair
from .pair import make as make
