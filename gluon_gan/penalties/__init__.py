"""Penalties on the gradient of a discriminator with respect to its input, whose own gradients are exact.

:class:`InputGradient` gives the input gradient of a critic and its derivative; :class:`GradientPenalty` is a term of
D's loss that is made with it. :data:`PENALTIES` lists the penalties.
"""
from .gradient_penalty import PENALTIES as PENALTIES
from .gradient_penalty import GradientPenalty as GradientPenalty
from .gradient_penalty import Penalised as Penalised
from .gradient_penalty import WithLoss as WithLoss
from .input_gradient import InputGradient as InputGradient
from .tangent import NoDerivative as NoDerivative
