"""A loader that reads its batches from a data server (:mod:`.server`), and survives a restart of the server."""
import logging
import queue
import threading
import time
import weakref
from functools import partial
from http.client import HTTPException

import numpy as np

from ..data.loader import Loader
from ..support.checks import number, whole_number
from .connection import Connection

log = logging.getLogger('gluon_gan')
DELAYS = 0.1, 5.0        # seconds before the first retry, and the maximum; the delay doubles with each retry
DEAD = OSError, HTTPException


class Served:
    """The description of the images on a server: an ImageArray whose pixels are elsewhere.

    Parameters
    ----------
    url : str
        The address of the server, for error messages.
    health : dict
        The server's answer to ``/health``.

    Attributes
    ----------
    name : str
    stand_in : bool
    shape : (int, int, int, int)
        ``(N, H, W, C)``
    size : int or (int, int)
    channels : int
    mark : str
        A hash of the attributes above and of the pixels.
    fingerprint : str
        That of :mod:`gluon_gan.data.fingerprint`, which does not depend on the name.

    Raises
    ------
    ValueError
        If `health` is not the answer of a data server of this version.
    """

    def __init__(self, url, health):
        try:
            self.name, self.stand_in = str(health['name'])[:200], bool(health['stand_in'])
            self.mark = str(health['mark'])[:64]
            self.fingerprint = str(health.get('fingerprint', f'mark {self.mark}'))[:80]      # older servers send none
            self.shape = tuple(whole_number('shape', side) for side in health['shape'])
            self.most_bytes = whole_number('most_bytes', health['most_bytes'])
            self.augment = list(health['augment'])
            count, height, width, self.channels = self.shape
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f'{url} is not a data server of this version: '
                             f'its /health is incomplete ({error})') from error
        self.size = height if height == width else (height, width)

    def __len__(self):
        return self.shape[0]

    def __repr__(self):
        return f'<Served {self.name}: {len(self):,} x {"x".join(map(str, self.shape[1:]))} uint8, {self.mark}>'


class Remote(Loader):
    """A loader of batches from a data server.

    The batches are bit for bit those of :class:`~gluon_gan.data.Batches` with the same images, seed, augmentation and
    version of OpenCV. Labels are not served.

    A thread fetches batches in advance. If the server does not answer, the thread logs one warning and retries without
    end. A second Ctrl-C ends a training that waits for the server, and no progress is lost.

    Parameters
    ----------
    url : str
        The address of the server, such as ``http://127.0.0.1:8765``.
    batch_size, shuffle, seed, drop_last, ctx, part, parts
        See :class:`~gluon_gan.data.Batches`. Each part fetches the complete batch.
    augment : str
        A name in :data:`gluon_gan.data.augment.AUGMENTATIONS`.
    prefetch : int
        The number of batches that are fetched in advance.
    patience : float
        Seconds within which the server must answer for the first time.

    Attributes
    ----------
    images : Served
        Name, number, size and channels of the images.

    Raises
    ------
    ValueError
        At construction, if an argument or the URL is invalid. During iteration, if the server's data have changed, or
        the server refuses a request or sends something else than the requested batch.
    ConnectionError
        At construction, if no server answers.
    """

    def __init__(self, url, batch_size=64, shuffle=True, seed=0, augment='light', drop_last=True, ctx=None, part=0,
                 parts=1, prefetch=4, patience=10.0):
        self.url, self.prefetch = str(url).rstrip('/'), whole_number('prefetch', prefetch)
        connection = Connection(self.url)
        try:
            until = time.monotonic() + number('patience', patience, 'seconds, at least 0')
            health = _retry(self.url, lambda: connection.json('/health'), threading.Event(), until)
        finally:
            connection.close()
        super().__init__(Served(self.url, health), batch_size, shuffle, seed, drop_last, ctx, part, parts)
        if augment not in self.images.augment:
            raise ValueError(f"augment={augment!r} is not available at {self.url}, which offers "
                             f"{', '.join(map(str, self.images.augment))}")
        if self.seed >= 10 ** 18:
            raise ValueError(f'seed={seed} must be less than 10 ** 18 for a server')
        if np.prod((self.batch_size, *self.images.shape[1:]), dtype=object) > self.images.most_bytes:
            raise ValueError(f'batch_size={batch_size} is too large for {self.url}, '
                             f'which sends at most {self.images.most_bytes:,} bytes at once')
        self.augment, self._prefetcher, self._end = augment, None, None

    def close(self):
        """End the thread and discard the batches that it has fetched. A later loop resumes at the loader's position."""
        if self._end is not None:
            self._end()
        self._prefetcher = self._end = None

    def _pixels(self, epoch, number):
        position = epoch * len(self) + number
        if self._prefetcher is None or self._prefetcher.next != position:
            self.close()
            self._prefetcher = Prefetcher(self.url, self._request(), position, self.prefetch)
            # Also called when the loader is garbage-collected or the process ends.
            self._end = weakref.finalize(self, self._prefetcher.end)
        return self._prefetcher.take()

    def _request(self):
        """Return a function that fetches the batch at a position.

        It holds no reference to this loader, because a thread holds it: the loader could never be collected.
        """
        served, url, length, size = self.images, self.url, len(self), self.batch_size
        query = f'/batch?size={size}&seed={self.seed}&shuffle={int(self.shuffle)}&augment={self.augment}'

        def request(connection, position):
            epoch, number = divmod(position, length)
            shape = (min(size, len(served) - number * size), *served.shape[1:])
            headers, body = connection.get(f'{query}&epoch={epoch}&batch={number}', served.most_bytes)
            if headers.get('X-Data') != served.mark:
                now = Served(url, connection.json('/health'))
                raise ValueError(f'{url} now serves {now!r}, but this loader was created for {served!r}: '
                                 'serve the same data again')
            received = headers.get('X-Dtype'), headers.get('X-Shape'), len(body)
            if received != ('uint8', ','.join(map(str, shape)), np.prod(shape)):
                dtype, received_shape, count = received
                raise ValueError(f'{url} sent {count} bytes as {str(received_shape)[:40]} {str(dtype)[:20]}, '
                                 f'not {shape} uint8')
            return np.frombuffer(body, np.uint8).reshape(shape)

        return request


class Prefetcher:
    """A thread that fetches the batches of consecutive positions in advance.

    Parameters
    ----------
    url : str
        The address of the server.
    request : callable
        Takes a :class:`Connection` and a position, and returns a batch.
    first : int
        The position of the first batch.
    depth : int
        The number of batches that are held.

    Attributes
    ----------
    next : int
        The position of the batch that :meth:`take` returns next.
    """

    def __init__(self, url, request, first, depth):
        self.next, self._queue, self._stop = first, queue.Queue(depth), threading.Event()
        self._connection = Connection(url)
        self._thread = threading.Thread(target=self._run, args=(url, request, first), daemon=True,
                                        name='gluon_gan remote')
        self._thread.start()

    def take(self):
        """Wait for the next batch, ``(N, H, W, C)`` uint8. If an error ended the thread, every call raises it."""
        batch = self._queue.get()
        if isinstance(batch, Exception):
            self._queue.put(batch)
            raise batch
        self.next += 1
        return batch

    def end(self):
        """Stop the thread."""
        self._stop.set()
        if threading.current_thread() is self._thread:        # the garbage collector may run in the thread itself
            return
        for _ in range(20):      # repeated, because the thread may open a connection just after the first interrupt
            self._connection.interrupt()
            self._thread.join(0.1)
            if not self._thread.is_alive():
                break

    def _run(self, url, request, position):
        try:
            while not self._stop.is_set():
                try:
                    result = _retry(url, partial(request, self._connection, position), self._stop)
                except Exception as error:
                    result = error
                while not self._stop.is_set():
                    try:
                        self._queue.put(result, timeout=0.1)
                        break
                    except queue.Full:
                        continue
                if isinstance(result, Exception):
                    break
                position += 1
        finally:
            self._connection.close()


def _retry(url, call, stop, until=None):
    """Return the result of ``call()``, which is repeated while the server does not answer.

    Returns None when ``stop`` is set, and raises a ConnectionError after the time ``until``.
    """
    since, delay = None, DELAYS[0]
    while not stop.is_set():
        try:
            answer = call()
        except DEAD as error:
            if stop.is_set():
                break
            reason = getattr(error, 'strerror', None) or str(error) or type(error).__name__
            if until is not None and time.monotonic() + delay > until:
                raise ConnectionError(f'no data server answers at {url} ({reason}): '
                                      'start one with gluon-gan data serve FOLDER') from error
            if since is None:
                since = time.monotonic()
                log.warning('the data server %s does not answer (%s): waiting for it', url, reason)
            stop.wait(delay)
            delay = min(2 * delay, DELAYS[1])
        else:
            if since is not None:
                log.warning('the data server %s is back after %.0f s', url, time.monotonic() - since)
            return answer
    return None


def remote(url, batch_size=64, shuffle=True, seed=0, augment='light', drop_last=True, ctx=None, part=0, parts=1,
           prefetch=4, patience=10.0):
    """Create a :class:`Remote` loader, which describes the parameters."""
    return Remote(url, batch_size, shuffle, seed, augment, drop_last, ctx, part, parts, prefetch, patience)
