"""Batches from a data server (:mod:`.server`): a loader like any other, which outlives its server."""
import logging
import queue
import threading
import time
import weakref
from http.client import HTTPException

import numpy as np

from ..checks import number, whole_number
from .connection import Connection
from .loader import Loader

log = logging.getLogger('gluon_gan')
DELAYS = 0.1, 5.0        # seconds before the first and between the later tries to reach a server; doubled in between
DEAD = OSError, HTTPException


class Served:
    """What a server says of its images: an ImageArray whose pixels are elsewhere.

    Attributes
    ----------
    name : str
    stand_in : bool
    shape : (int, int, int, int)
        ``(N, H, W, C)``
    size : int or (int, int)
    channels : int
    mark : str
        Follows from all of them and from the pixels.
    """

    def __init__(self, url, told):
        try:
            self.name, self.stand_in, self.mark = str(told['name'])[:200], bool(told['stand_in']), str(told['mark'])[:64]
            self.shape = tuple(whole_number('shape', side) for side in told['shape'])
            self.most_bytes, self.augment = whole_number('most_bytes', told['most_bytes']), list(told['augment'])
            count, height, width, self.channels = self.shape
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f'{url} is no data server of this version: its /health lacks what a loader must know ({error})') from error
        self.size = height if height == width else (height, width)

    def __len__(self):
        return self.shape[0]

    def __repr__(self):
        return f'<Served {self.name}: {len(self):,} x {"x".join(map(str, self.shape[1:]))} uint8, {self.mark}>'


class Remote(Loader):
    """The batches of a data server, the same bit for bit as :class:`~gluon_gan.data.Batches` makes of the same images, seed and
    augmentation, with the same OpenCV.

    A thread fetches ahead. While the server does not answer it tries again and again, for ever, and says so once; the second Ctrl-C
    ends a training that waits, and nothing is lost. Labels are not served.

    Parameters
    ----------
    url : str
        Such as ``http://127.0.0.1:8765``.
    batch_size, shuffle, seed, drop_last, ctx, part, parts
        See :class:`~gluon_gan.data.Batches`. Each part fetches the whole batch.
    augment : str
        A name in :data:`gluon_gan.data.augment.AUGMENTATIONS`.
    prefetch : int
        How many batches are held in advance.
    patience : float
        Seconds in which the server must answer for the first time.

    Attributes
    ----------
    images : Served
        Their name, number, size and channels.

    Raises
    ------
    ValueError
        At construction for bad arguments or a URL that is none; while iterating, if the server has other data than at first, or refuses
        or sends what was not asked for.
    ConnectionError
        At construction, where no server answers.
    """

    def __init__(self, url, batch_size=64, shuffle=True, seed=0, augment='light', drop_last=True, ctx=None, part=0, parts=1,
                 prefetch=4, patience=10.0):
        self.url, self.prefetch = str(url).rstrip('/'), whole_number('prefetch', prefetch)
        connection = Connection(self.url)
        try:
            until = time.monotonic() + number('patience', patience, 'seconds, at least 0')
            told = _patiently(self.url, lambda: connection.json('/health'), threading.Event(), until)
        finally:
            connection.close()
        super().__init__(Served(self.url, told), batch_size, shuffle, seed, drop_last, ctx, part, parts)
        if augment not in self.images.augment:
            raise ValueError(f"augment={augment!r} is nothing that {self.url} knows; it has {', '.join(map(str, self.images.augment))}")
        if self.seed >= 10 ** 18:
            raise ValueError(f'seed={seed} must be less than 10 ** 18 for a server')
        if np.prod((self.batch_size, *self.images.shape[1:]), dtype=object) > self.images.most_bytes:
            raise ValueError(f'batch_size={batch_size} is too many for {self.url}, which sends at most {self.images.most_bytes:,} bytes at once')
        self.augment, self._ahead, self._end = augment, None, None

    def close(self):
        """End the thread and drop what it has fetched; another loop begins anew from the position."""
        if self._end is not None:
            self._end()
        self._ahead = self._end = None

    def _pixels(self, epoch, number):
        position = epoch * len(self) + number
        if self._ahead is None or self._ahead.next != position:
            self.close()
            self._ahead = Ahead(self.url, self._asker(), position, self.prefetch)
            self._end = weakref.finalize(self, self._ahead.end)      # also where the loader is forgotten, or the process ends
        return self._ahead.take()

    def _asker(self):
        """What fetches the batch of a position; without a reference to this loader, for a thread will hold it."""
        served, url, length, size = self.images, self.url, len(self), self.batch_size
        query = f'/batch?size={size}&seed={self.seed}&shuffle={int(self.shuffle)}&augment={self.augment}'

        def ask(connection, position):
            epoch, number = divmod(position, length)
            shape = (min(size, len(served) - number * size), *served.shape[1:])
            headers, body = connection.get(f'{query}&epoch={epoch}&batch={number}', served.most_bytes)
            if headers.get('X-Data') != served.mark:
                now = Served(url, connection.json('/health'))
                raise ValueError(f'{url} now serves {now!r}, and this loader began with {served!r}: serve the same data again')
            told = headers.get('X-Dtype'), headers.get('X-Shape'), len(body)
            if told != ('uint8', ','.join(map(str, shape)), np.prod(shape)):
                raise ValueError(f'{url} sent {told[2]} bytes as {str(told[1])[:40]} {str(told[0])[:20]}, and not {shape} uint8')
            return np.frombuffer(body, np.uint8).reshape(shape)

        return ask


class Ahead:
    """A thread that fetches the batches of consecutive positions before they are asked for.

    Attributes
    ----------
    next : int
        The position of the batch that :meth:`take` gives next.
    """

    def __init__(self, url, ask, first, depth):
        self.next, self._queue, self._stop = first, queue.Queue(depth), threading.Event()
        self._connection = Connection(url)
        self._thread = threading.Thread(target=self._run, args=(url, ask, first), name='gluon_gan remote', daemon=True)
        self._thread.start()

    def take(self):
        """A batch ``(N, H, W, C)`` uint8, waited for; or the error that ended the thread, each time anew."""
        batch = self._queue.get()
        if isinstance(batch, Exception):
            self._queue.put(batch)
            raise batch
        self.next += 1
        return batch

    def end(self):
        """Let the thread go."""
        self._stop.set()
        if threading.current_thread() is self._thread:        # garbage may be collected in it
            return
        for _ in range(20):      # again and again, for in the moment of the first time it may have been about to connect
            self._connection.interrupt()
            self._thread.join(0.1)
            if not self._thread.is_alive():
                break

    def _run(self, url, ask, position):
        try:
            while not self._stop.is_set():
                try:
                    got = _patiently(url, lambda: ask(self._connection, position), self._stop)
                except Exception as error:
                    got = error
                while not self._stop.is_set():
                    try:
                        self._queue.put(got, timeout=0.1)
                        break
                    except queue.Full:
                        continue
                if isinstance(got, Exception):
                    break
                position += 1
        finally:
            self._connection.close()


def _patiently(url, call, stop, until=None):
    """What ``call()`` returns when the server answers, or None when ``stop`` is set; after the time ``until`` a ConnectionError."""
    since, delay = None, DELAYS[0]
    while not stop.is_set():
        try:
            answer = call()
        except DEAD as error:
            if stop.is_set():
                break
            reason = getattr(error, 'strerror', None) or str(error) or type(error).__name__
            if until is not None and time.monotonic() + delay > until:
                raise ConnectionError(f'no data server answers at {url} ({reason}): gluon-gan data serve FOLDER starts one') from error
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


def remote(url, batch_size=64, shuffle=True, seed=0, augment='light', drop_last=True, ctx=None, part=0, parts=1, prefetch=4, patience=10.0):
    """A :class:`Remote`; see there."""
    return Remote(url, batch_size, shuffle, seed, augment, drop_last, ctx, part, parts, prefetch, patience)
