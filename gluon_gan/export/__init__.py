"""A trained network for other programs: ONNX, MXNet's symbol, npz and safetensors files, and weights of PyTorch's DCGAN
tutorial.

Needs the extra ``export`` (onnx, onnxruntime and safetensors). Every file is run and compared with the network before
it gets its name.
"""

from .formats import FORMATS as FORMATS
from .formats import Exported as Exported
from .formats import load as load
from .formats import save as save
from .formats import signature as signature
from .torch import load_torch as load_torch
from .torch import to_torch as to_torch
