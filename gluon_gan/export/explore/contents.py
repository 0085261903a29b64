"""The files of the page that runs a network in the browser.

The page is static: HTML, style, five JavaScript modules, onnxruntime-web 1.30.0 (MIT licence, ``vendor/``) and the
network as ONNX. Its content security policy forbids everything that is not its own, so nothing leaves the browser.
"""
import json
import lzma
import tempfile
from pathlib import Path

import numpy as np

from ... import latent, metrics
from ...models import Generator
from ...support import storage
from ...support.files import atomic_write
from .. import formats
from ..networks import networks

HERE = Path(__file__).parent
KINDS = {
    '.html': 'text/html; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.mjs': 'text/javascript; charset=utf-8',
    '.wasm': 'application/wasm',
    '.onnx': 'application/octet-stream',
    '.json': 'application/json',
    '.txt': 'text/plain; charset=utf-8',
}
SAMPLES = 2000


def page(source):
    """All files of the page for a network.

    Parameters
    ----------
    source : path-like or str
        A run's folder, a checkpoint, or the name of shipped weights; of a GAN or of an image translation.

    Returns
    -------
    dict of bytes
        By file name; ``index.html`` is the page.

    Raises
    ------
    ValueError, gluon_gan.support.storage.StorageError
        As :func:`gluon_gan.export.networks.networks`.
    """
    named, record = networks(source)
    files = {path.name: path.read_bytes() for path in sorted((HERE / 'page').iterdir())}
    for path in sorted((HERE / 'vendor').iterdir()):
        files[path.name.removesuffix('.xz')] = (
            lzma.decompress(path.read_bytes()) if path.suffix == '.xz' else path.read_bytes()
        )
    roles = ('generator',) if len(named) == 1 else ('ab', 'ba')
    for role, (_, net) in zip(roles, named):
        files[f'{role}.onnx'] = _onnx(net)
    files['model.json'] = json.dumps(_settings(source, named, record, roles)).encode()
    return files


def write(source, folder):
    """Write the page to a folder, for any web server.

    Parameters
    ----------
    source
        As for :func:`page`.
    folder : path-like
        Made if it is missing; files of the same names are replaced.

    Returns
    -------
    list of pathlib.Path
        The files that were written.

    Raises
    ------
    ValueError, gluon_gan.support.storage.StorageError
        As :func:`page`, or if ``folder`` is a file; nothing has been written then.
    OSError
        If a file cannot be written.
    """
    if Path(folder).exists() and not Path(folder).is_dir():
        raise ValueError(f'{folder} is a file: name a folder for the page, or one that does not exist yet')
    paths = []
    for name, content in page(source).items():
        paths.append(Path(folder) / name)
        with atomic_write(paths[-1]) as unfinished:
            unfinished.write_bytes(content)
    return paths


def _onnx(net):
    """The network as an ONNX file, with float16 weights where that loses nothing."""
    exact = all((array == array.astype(np.float16)).all() for array in storage.parameters(net).values())
    with tempfile.TemporaryDirectory() as folder:
        written = formats.save(net, Path(folder) / 'network.onnx', dtype='float16' if exact else 'float32')
        return written.paths[0].read_bytes()


def _settings(source, named, record, roles):
    """dict: what the page must know of the network."""
    net = named[0][1]
    data = record.get('data_name', 'unknown data')
    about = [f"Trained on {data}{', a stand-in' if record.get('stand_in') else ''}.", record.get('command')]
    common = {
        'name': Path(str(source)).name.removesuffix('.npz'),
        'about': ' '.join(filter(None, about)),
        'size': net.size,
        'channels': net.channels,
        'files': {role: f'{role}.onnx' for role in roles},
    }
    if not isinstance(net, Generator):
        return {
            **common,
            'kind': 'translator',
            'domains': [record.get('a') or 'domain A', record.get('b') or 'domain B'],
        }
    return {**common, 'kind': 'generator', 'nz': net.nz, 'classes': net.classes, 'directions': _directions(net, record)}


def _directions(netG, record):
    """list of dict: named directions in z, of a generator of synthetic faces; [] of any other."""
    if record.get('data') != 'synthetic_faces' or netG.size != metrics.attribute_classifier.SIZE:
        return []
    z = latent.sample_z(SAMPLES, netG.nz, seed=0).asnumpy()
    found = metrics.face_attribute_classifier()(latent.generate(netG, z))
    wanted = {
        'smile': found.attributes['Smiling'],
        'glasses': found.attributes['Eyeglasses'],
        'hat': found.attributes['Wearing_Hat'],
        'pose': found.pose > 0,
    }
    directions = []
    for name, has in wanted.items():
        direction = latent.direction(z, np.asarray(has, bool))
        directions.append({'name': name, 'vector': [float(value) for value in direction.vector]})
    return directions
