"""Serve augmented batches over HTTP, to a training in another process or on another machine: ``gluon-gan data serve``.

``GET /health`` describes the data in JSON. ``GET /batch?size=64&seed=0&epoch=3&batch=7&augment=light`` returns a batch
as raw bytes, ``(N, H, W, C)`` in C order, with its shape, its dtype and the hash of the data in headers. Epochs and
batches count from 0. The images of a batch, and how they are augmented, depend only on these numbers
(:mod:`gluon_gan.data.batch_order`). The server therefore has no state: a restarted server, or another one with the same
data, continues where the first one stopped.

The server is made for a trusted network, and has no authentication. Requests cannot name files and have no body, and
the size of an answer is bounded. HTTP itself is handled by `waitress`.
"""
import hashlib
import json
import re
from functools import lru_cache
from urllib.parse import parse_qsl

import numpy as np

from ..data import batch_order
from ..data.augment import AUGMENTATIONS, named
from ..data.cache import release_pages
from ..data.fingerprint import fingerprint
from ..data.loader import RELEASE_AFTER

MOST_BYTES = 64 << 20         # of one batch
LONGEST_QUERY = 512
CONNECTIONS = 100             # at a time; a new client takes the place of the slowest one
HEADER_BYTES = 4096           # request line and headers; int() fails above 4,300 digits, which waitress does not expect
DEFAULTS = {'size': 64, 'seed': 0, 'epoch': 0, 'batch': 0, 'shuffle': 1, 'augment': 'light'}
MARK = 'X-Data'               # the header with the hash of the data


class Refused(Exception):
    """A request that is answered with a 4xx status.

    Parameters
    ----------
    status : str
        The status line, such as '404 Not Found'.
    message : str
        What is wrong with the request.
    """

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def application(images):
    """Create the WSGI application that serves an ImageArray.

    Parameters
    ----------
    images : ImageArray

    Returns
    -------
    callable
    """
    health = dict(ok=True, **describe(images))
    augment, read = lru_cache(len(AUGMENTATIONS))(named), 0

    def batch(query):
        nonlocal read
        values = parse(query, images)
        size, seed, epoch, number = (values[name] for name in ('size', 'seed', 'epoch', 'batch'))
        chosen = batch_order.rows(len(images), size, seed, epoch, number, values['shuffle'])
        pixels = batch_order.pixels(images.images, chosen, seed, epoch, number, augment(values['augment']))
        read += pixels.nbytes
        if read > RELEASE_AFTER:
            release_pages(images.images)
            read = 0
        headers = [('Content-Type', 'application/octet-stream'), ('X-Shape', ','.join(map(str, pixels.shape))),
                   ('X-Dtype', pixels.dtype.name), (MARK, health['mark'])]
        return headers, pixels.tobytes()

    def app(environ, start_response):
        try:
            if environ['REQUEST_METHOD'] != 'GET':
                raise Refused('405 Method Not Allowed', 'the only method is GET')
            path, query = environ.get('PATH_INFO', ''), environ.get('QUERY_STRING', '')
            if path == '/batch':
                headers, body = batch(query)
            elif path == '/health':
                headers, body = [('Content-Type', 'application/json')], _json(health)
            else:
                raise Refused('404 Not Found', 'the only paths are /health and /batch')
            status = '200 OK'
        except Refused as refused:
            status, body = refused.status, _json({'ok': False, 'error': str(refused)})
            headers = [('Content-Type', 'application/json')] + [('Allow', 'GET')] * status.startswith('405')
            if environ['REQUEST_METHOD'] == 'HEAD':
                body = b''
        start_response(status, [*headers, ('Content-Length', str(len(body))), ('Cache-Control', 'no-store')])
        return [body]

    return app


def describe(images):
    """dict: the description of an ImageArray for clients, as in the JSON of ``/health``.

    ``mark`` is a hash of the name, the shape and the pixels of up to 64 images, so that a change of the data is
    detected even if the name stays the same. A run recognises its data by the ``fingerprint``, on any server.
    """
    some = np.linspace(0, len(images) - 1, min(64, len(images))).astype(int)
    description = dict(name=images.name, stand_in=images.stand_in, shape=list(map(int, images.shape)))
    pixels = np.ascontiguousarray(images.images[some]).tobytes()
    mark = hashlib.sha256(_json(description) + pixels).hexdigest()[:16]
    return dict(description, mark=mark, fingerprint=fingerprint(images), most_bytes=MOST_BYTES,
                augment=list(AUGMENTATIONS))


def parse(query, images):
    """Parse the query string of a request for a batch.

    Returns
    -------
    dict
        The values of the query, completed by :data:`DEFAULTS` and checked.

    Raises
    ------
    Refused
        If the query is malformed, or a value is out of range.
    """
    if len(query) > LONGEST_QUERY:
        raise Refused('414 URI Too Long', f'a query may have at most {LONGEST_QUERY} characters')
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors='strict') if query else []
    except ValueError:
        raise Refused('400 Bad Request', 'the query must be name=value&name=value') from None
    values = dict(pairs)
    if not set(values) <= set(DEFAULTS):
        raise Refused('400 Bad Request', f"the only parameters of a query are {', '.join(DEFAULTS)}")
    if len(values) < len(pairs):
        raise Refused('400 Bad Request', 'a parameter occurs twice in the query')
    values = {**DEFAULTS, **values}
    if values['augment'] not in AUGMENTATIONS:
        raise Refused('400 Bad Request', f"augment must be one of {', '.join(AUGMENTATIONS)}")
    for name in set(DEFAULTS) - {'augment'}:
        # 18 digits fit into 64 bits. int() alone would also accept '-1', ' 1' and '1_0'.
        if not re.fullmatch('[0-9]{1,18}', str(values[name])):
            raise Refused('400 Bad Request', f'{name} must be a whole number of at most 18 digits')
        values[name] = int(values[name])
    most = MOST_BYTES // int(np.prod(images.shape[1:]))
    if not 1 <= values['size'] <= most:
        raise Refused('400 Bad Request', f'size must be from 1 to {most}')
    if values['shuffle'] > 1:
        raise Refused('400 Bad Request', 'shuffle must be 0 or 1')
    if values['batch'] * values['size'] >= len(images):
        batches = -(-len(images) // values['size'])
        raise Refused('400 Bad Request', f'batch must be less than {batches}, because there are {len(images)} images')
    return values


def create(images, host='127.0.0.1', port=8765):
    """Create a server that listens at an address.

    Parameters
    ----------
    images : ImageArray
    host : str
        The address to listen on.
    port : int
        0 for any free port.

    Returns
    -------
    gluon_gan.serving.eviction.Server
        Its method ``run()`` serves until Ctrl-C or SIGTERM; ``effective_port`` is the port it listens on.

    Raises
    ------
    ValueError
        If there are no images, or the address cannot be used.
    """
    from .eviction import listen
    if not len(images):
        raise ValueError(f'{images.name} is empty: there is nothing to serve')
    return listen(application(images), host, port, connections=CONNECTIONS, header_bytes=HEADER_BYTES)


def _json(value):
    return json.dumps(value).encode() + b'\n'
