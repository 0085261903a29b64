"""The building blocks of the networks.

Every block is a ``HybridBlock``. Its constructor takes the number of input channels, so its parameters have a shape,
and can be counted, seeded and saved, before the first forward pass. Images and feature maps are ``(N, C, H, W)``.
"""
from .dcgan import SLOPE as SLOPE
from .dcgan import DownBlock as DownBlock
from .dcgan import Project as Project
from .dcgan import ToImage as ToImage
from .dcgan import ToLogit as ToLogit
from .dcgan import UpBlock as UpBlock
from .layers import FixedParameter as FixedParameter
from .layers import NearOne as NearOne
from .layers import batch_norm as batch_norm
from .layers import class_feature_maps as class_feature_maps
from .layers import doubling as doubling
from .layers import halving as halving
from .resampling import FewChannelsConv as FewChannelsConv
from .resampling import ToImageConv as ToImageConv
from .resampling import Upsample as Upsample
from .resampling import few_channels_conv as few_channels_conv
from .residual import ResidualDownBlock as ResidualDownBlock
from .residual import ResidualToImage as ResidualToImage
from .residual import ResidualToLogit as ResidualToLogit
from .residual import ResidualUpBlock as ResidualUpBlock
from .spectral import SpectralConv2D as SpectralConv2D
from .spectral import SpectralDense as SpectralDense
from .spectral import SpectralMeanConv as SpectralMeanConv
from .spectral import SpectralNorm as SpectralNorm
