"""Augmented batches over HTTP, for a training on another machine or in another process: ``gluon-gan data serve``.

``GET /health`` tells in JSON what is served. ``GET /batch?size=64&seed=0&epoch=3&batch=7&augment=light`` is a batch as raw bytes,
``(N, H, W, C)`` in C order, with its shape, its type and the data's mark in headers; epoch and batch count from 0. Which images it holds
and how they are changed follows from these numbers (:mod:`.epochs`), so a server has no state: one that was restarted, or another one
with the same data, goes on where the first one stopped.

It is made for a trusted network: nobody is asked who they are. No request names a file, none has a body, and what one can ask for is
bounded. `waitress` speaks HTTP.
"""
import hashlib
import json
import logging
import re
import socket
from functools import lru_cache
from urllib.parse import parse_qsl

import numpy as np

from . import epochs
from .augment import AUGMENTATIONS, named
from .cache import forget
from .loader import KEPT_IN_MEMORY

MOST_BYTES = 64 << 20         # of one batch
LONGEST_QUERY = 512
HEADER_BYTES = 4096           # request line and headers; below Python's limit for the digits of a number, on which waitress would stumble
DEFAULTS = {'size': 64, 'seed': 0, 'epoch': 0, 'batch': 0, 'shuffle': 1, 'augment': 'light'}
MARK = 'X-Data'               # the header that tells which data a batch is from


class Refused(Exception):
    """What is answered with a 4xx; ``status`` is its status line, the message what was wrong."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def application(images):
    """A WSGI application that serves an ImageArray.

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
        asked = parse(query, images)
        chosen = epochs.rows(len(images), asked['size'], asked['seed'], asked['epoch'], asked['batch'], asked['shuffle'])
        pixels = epochs.pixels(images.images, chosen, asked['seed'], asked['epoch'], asked['batch'], augment(asked['augment']))
        read += pixels.nbytes
        if read > KEPT_IN_MEMORY:
            forget(images.images)
            read = 0
        headers = [('Content-Type', 'application/octet-stream'), ('X-Shape', ','.join(map(str, pixels.shape))),
                   ('X-Dtype', pixels.dtype.name), (MARK, health['mark'])]
        return headers, pixels.tobytes()

    def app(environ, start_response):
        try:
            if environ['REQUEST_METHOD'] != 'GET':
                raise Refused('405 Method Not Allowed', 'only GET is understood here')
            path, query = environ.get('PATH_INFO', ''), environ.get('QUERY_STRING', '')
            if path == '/batch':
                headers, body = batch(query)
            elif path == '/health':
                headers, body = [('Content-Type', 'application/json')], _json(health)
            else:
                raise Refused('404 Not Found', 'there are /health and /batch')
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
    """dict: what a client should know of an ImageArray, as JSON has it.

    ``mark`` follows from shape and name, and from the pixels of up to 64 images, so that other data under the same name is noticed.
    """
    some = np.linspace(0, len(images) - 1, min(64, len(images))).astype(int)
    told = dict(name=images.name, stand_in=images.stand_in, shape=list(map(int, images.shape)))
    mark = hashlib.sha256(_json(told) + np.ascontiguousarray(images.images[some]).tobytes()).hexdigest()[:16]
    return dict(told, mark=mark, most_bytes=MOST_BYTES, augment=list(AUGMENTATIONS))


def parse(query, images):
    """dict: what a query string asks for, completed by :data:`DEFAULTS` and checked; raises :class:`Refused`."""
    if len(query) > LONGEST_QUERY:
        raise Refused('414 URI Too Long', f'a query may have {LONGEST_QUERY} characters')
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors='strict') if query else []
    except ValueError:
        raise Refused('400 Bad Request', 'the query must be name=value&name=value') from None
    asked = dict(pairs)
    if not set(asked) <= set(DEFAULTS):
        raise Refused('400 Bad Request', f"the query may have {', '.join(DEFAULTS)}, nothing else")
    if len(asked) < len(pairs):
        raise Refused('400 Bad Request', 'the query has a name twice')
    asked = {**DEFAULTS, **asked}
    if asked['augment'] not in AUGMENTATIONS:
        raise Refused('400 Bad Request', f"augment must be one of {', '.join(AUGMENTATIONS)}")
    for name in set(DEFAULTS) - {'augment'}:
        if not re.fullmatch('[0-9]{1,18}', str(asked[name])):        # as 64 bits hold it; int() would take '-1', ' 1' and '1_0' as well
            raise Refused('400 Bad Request', f'{name} must be a whole number of at most 18 digits')
        asked[name] = int(asked[name])
    most = MOST_BYTES // int(np.prod(images.shape[1:]))
    if not 1 <= asked['size'] <= most:
        raise Refused('400 Bad Request', f'size must be from 1 to {most}')
    if asked['shuffle'] > 1:
        raise Refused('400 Bad Request', 'shuffle must be 0 or 1')
    if asked['batch'] * asked['size'] >= len(images):
        raise Refused('400 Bad Request', f"batch must be less than {-(-len(images) // asked['size'])}, for there are {len(images)} images")
    return asked


def create(images, host='127.0.0.1', port=8765):
    """A server that listens, for its ``run()``; ``effective_port`` tells the port, where 0 was asked for.

    Raises
    ------
    ValueError
        If there are no images, or it cannot listen there.
    """
    import waitress

    from . import refusals
    if not len(images):
        raise ValueError(f'{images.name} is empty: there is nothing to serve')
    try:
        if not host:         # to the system that is every address there is
            raise ValueError('that is no address')
        if not 0 <= port <= 65535:
            raise ValueError('ports are 0 to 65535')
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ':' in host else socket.AF_INET)
    except (OSError, ValueError) as error:
        reason = str(getattr(error, 'strerror', None) or error).split(' (while')[0]
        raise ValueError(f'cannot listen on {host}, port {port}: {reason}; choose another --host or --port') from error
    server = waitress.create_server(
        application(images), sockets=[listening], threads=2, ident='gluon-gan',
        # No request has a body, and who does not read or write for so long is let go.
        max_request_body_size=1, max_request_header_size=HEADER_BYTES, connection_limit=100, channel_timeout=60, cleanup_interval=10)
    server.channel_class = refusals.Channel
    logging.getLogger('waitress.queue').setLevel(logging.ERROR)       # it warns of every request that waits for another one
    return server


def _json(value):
    return json.dumps(value).encode() + b'\n'
