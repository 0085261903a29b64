"""The files that a network is exported to: ONNX, MXNet's symbol and parameters, npz, and safetensors.

A format has a pair of functions. ``write(net, paths, metadata, dtype)`` writes its files; ``read(paths, net)`` reads
them back as a function from input arrays to the output array, by the library that their users will have. :func:`save`
names the files only after both agree.
"""

import json
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet.gluon import SymbolBlock

from ..blocks import FixedParameter
from ..models import Discriminator, Generator
from ..support import storage
from ..support.files import atomic_write
from ..translate.generators import DreamGenerator, ResNetGenerator

PROBES = 16  # inputs that a file is compared on
TOLERANCE = {
    'float32': 1e-4,
    'float16': 2 / 255,
}  # of the output, relative where it is larger than 1; 2 / 255 is one level of an image
NETWORKS = {kind.__name__: kind for kind in (Generator, Discriminator, ResNetGenerator, DreamGenerator)}


class Exported(NamedTuple):
    """What was written: the paths of its files, the format, and the largest difference from the network's own
    output."""

    paths: list
    format: str
    difference: float


def signature(net):
    """Inputs and output of a network of this package.

    Returns
    -------
    (dict, (str, tuple))
        The shape of each input by name, then name and shape of the output, all without the batch.

    Raises
    ------
    ValueError
        For any other network.
    """
    if type(net).__name__ not in NETWORKS:
        raise ValueError(
            f'a {type(net).__name__} cannot be exported; the networks that can be are {", ".join(NETWORKS)}'
        )
    image, labels = (net.channels, net.size, net.size), {'labels': ()} if getattr(net, 'classes', 0) else {}
    if isinstance(net, Generator):
        return {'z': (net.nz,), **labels}, ('image', image)
    if isinstance(net, Discriminator):
        return {'image': image, **labels}, ('logits', (1,))
    return {'image': image}, ('translated', image)


def probes(net, count=PROBES, seed=0):
    """Inputs to compare two versions of a network on: a list of float32 arrays in the order of :func:`signature`."""
    rng, (inputs, _) = np.random.default_rng(seed), signature(net)
    sample = {
        'z': lambda shape: rng.standard_normal((count, *shape)),
        'image': lambda shape: rng.uniform(-1, 1, (count, *shape)),
        'labels': lambda shape: np.arange(count) % net.classes,
    }
    return [sample[name](shape).astype(np.float32) for name, shape in inputs.items()]


def save(net, path, format=None, metadata=None, dtype='float32'):
    """Write a network to a file that other programs read, and check the file.

    The file is read back, by onnxruntime for ONNX, and run on 16 inputs. If its output differs from the network's by
    more than 1e-4 (float16: by more than one level of 255), nothing is left at ``path``.

    Parameters
    ----------
    net : Generator, Discriminator, ResNetGenerator or DreamGenerator
        With values in all parameters.
    path : path-like
        An existing file is replaced.
    format : str, optional
        A key of :data:`FORMATS`; by default the one that the suffix of ``path`` names.
    metadata : dict, optional
        JSON-able values to store in the file.
    dtype : str
        How weights are stored: 'float32', or 'float16' for half the bytes.

    Returns
    -------
    Exported

    Raises
    ------
    ValueError
        If there is no such format or dtype, the network cannot be exported, or the file computes something else.
    ImportError
        If the libraries of the extra ``export`` are missing.
    OSError
        If the file cannot be written.
    """
    stem, format = _format_of(Path(path), format)
    if dtype not in TOLERANCE:
        raise ValueError(f"dtype must be one of {', '.join(map(repr, TOLERANCE))}, not {dtype!r}")
    inputs, _ = signature(net)
    described = {
        'network': type(net).__name__,
        'config': net.config,
        'inputs': list(inputs),
        'range': [-1, 1],
        **(metadata or {}),
    }
    paths = [stem.with_name(stem.name + suffix) for suffix in FORMATS[format].suffixes]
    with ExitStack() as files:
        unfinished = [files.enter_context(atomic_write(path)) for path in paths]
        FORMATS[format].write(net, unfinished, described, dtype)
        difference = compare(net, FORMATS[format].read(unfinished, net))
        if not difference <= TOLERANCE[dtype]:
            raise ValueError(
                f'{paths[0].name} would differ from the network by {difference:.2g}, more than {TOLERANCE[dtype]:.2g}: '
                'it was not written'
            )
    return Exported(paths, format, difference)


def compare(net, function):
    """The largest difference between the outputs of a network and of a function on :func:`probes`, relative where the
    output exceeds 1."""
    arrays = probes(net)
    ctx = next(iter(net.collect_params().values())).list_ctx()[0]
    expected = net(*(mx.nd.array(array, ctx=ctx) for array in arrays)).asnumpy()
    found = np.asarray(function(*arrays))
    if found.shape != expected.shape:
        return float('inf')
    return float((abs(found - expected) / np.maximum(1, abs(expected))).max())


def load(path):
    """A network from an npz or safetensors file that :func:`save` wrote; nothing in the file is executed.

    Returns
    -------
    mxnet.gluon.HybridBlock
        With float32 parameters, on the CPU.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If the file is missing, damaged or of another network.
    """
    arrays, described = read_tensors(path) if str(path).endswith('.safetensors') else storage.read(path)
    return _network(arrays, described, path)


def _network(arrays, described, path):
    try:
        net = NETWORKS[described['network']](**described['config'])
    except (KeyError, TypeError, ValueError) as error:
        raise storage.StorageError(f'{path} holds no network of gluon_gan ({error})') from error
    net.initialize(ctx=mx.cpu())
    storage.set_parameters(
        net, {name: array.astype(np.float32) for name, array in arrays.items()}, source=f'the weights in {path}'
    )
    return net


def read_tensors(path):
    """(dict of ndarray, dict): what is in a safetensors file of ours."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, 'np') as file:
            described = json.loads((file.metadata() or {}).get('gluon_gan', '{}'))
            return {name: file.get_tensor(name) for name in file.keys()}, described
    except (SafetensorError, OSError, ValueError) as error:
        raise storage.StorageError(f'{path} is missing, damaged or no safetensors file ({error})') from error


def _format_of(path, format):
    """(path without the suffix, name of the format), from the suffix where no format is given."""
    if format is not None and format not in FORMATS:
        raise ValueError(f'there is no format {format!r}; the formats are {", ".join(FORMATS)}')
    for name, row in FORMATS.items():
        if path.name.endswith(row.suffixes[0]) and format in (None, name):
            return path.with_name(path.name.removesuffix(row.suffixes[0])), name
    if format is None:
        raise ValueError(
            f'{path.name} ends like no format; the endings are {", ".join(row.suffixes[0] for row in FORMATS.values())}'
        )
    return path, format


def _write_onnx(net, paths, metadata, dtype):
    from . import graph

    inputs, output = signature(net)
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in metadata.items()}
    paths[0].write_bytes(graph.build(net, inputs, output, texts, half=dtype == 'float16').SerializeToString())


def _read_onnx(paths, net):
    import onnxruntime

    session = onnxruntime.InferenceSession(paths[0].read_bytes(), providers=['CPUExecutionProvider'])
    names = [node.name for node in session.get_inputs()]
    return lambda *arrays: session.run(None, dict(zip(names, arrays)))[0]


def _write_symbol(net, paths, metadata, dtype):
    from . import graph

    inputs, _ = signature(net)
    symbol, arrays = graph.trace(net, inputs)
    text = json.loads(symbol.tojson())
    fixed = {name for name, parameter in net.collect_params().items() if isinstance(parameter, FixedParameter)}
    for node in text['nodes']:
        if node['op'] == 'BatchNorm' and text['nodes'][node['inputs'][3][0]]['name'] in fixed:
            # MXNet uses the statistics of the image itself in training mode only, and the file is for use.
            node.update(op='InstanceNorm', inputs=node['inputs'][:3], attrs={'eps': node['attrs']['eps']})
    text['attrs']['gluon_gan'] = ['str', json.dumps(metadata)]
    auxiliary = set(symbol.list_auxiliary_states())
    used = mx.sym.load_json(json.dumps(text)).list_inputs()
    paths[0].write_text(json.dumps(text))
    mx.nd.save(
        str(paths[1]),
        {
            f"{'aux' if name in auxiliary else 'arg'}:{name}": mx.nd.array(arrays[name], dtype=dtype)
            for name in used
            if name in arrays
        },
    )


def _read_symbol(paths, net):
    inputs, _ = signature(net)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            'ignore', 'Cannot decide type for the following arguments', UserWarning
        )  # MXNet's, of every input
        block = SymbolBlock.imports(str(paths[0]), list(inputs), str(paths[1]), ctx=mx.cpu())
    block.cast('float32')
    return lambda *arrays: block(*(mx.nd.array(array) for array in arrays)).asnumpy()


def _write_npz(net, paths, metadata, dtype):
    storage.write_network(paths[0], net, metadata, dtype)


def _read_npz(paths, net):
    return _function(_network(*storage.read(paths[0]), paths[0]))


def _write_safetensors(net, paths, metadata, dtype):
    from safetensors.numpy import save_file

    arrays = {name: np.ascontiguousarray(array.astype(dtype)) for name, array in storage.parameters(net).items()}
    save_file(arrays, paths[0], {'gluon_gan': json.dumps(metadata)})


def _read_safetensors(paths, net):
    return _function(_network(*read_tensors(paths[0]), paths[0]))


def _function(net):
    return lambda *arrays: net(*(mx.nd.array(array) for array in arrays)).asnumpy()


class Format(NamedTuple):
    """How a format's files end, and its two functions."""

    suffixes: tuple
    write: object
    read: object


FORMATS = {
    'onnx': Format(('.onnx',), _write_onnx, _read_onnx),
    'symbol': Format(('-symbol.json', '-0000.params'), _write_symbol, _read_symbol),
    'npz': Format(('.npz',), _write_npz, _read_npz),
    'safetensors': Format(('.safetensors',), _write_safetensors, _read_safetensors),
}
