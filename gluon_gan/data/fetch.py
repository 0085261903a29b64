"""Downloads that can be interrupted, and that are what they claim to be.

What arrives goes to ``NAME.part`` and gets its name only when it is complete and its checksum is right. A ``.part``
that is left behind is continued the next time, from whichever mirror answers.
"""
import hashlib
import http.client
import os
import queue
import shutil
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tqdm import tqdm

ATTEMPTS = 5  # at one mirror, and only as long as each brings the file further
CHUNK = 1 << 18
MARGIN = 16 << 20  # bytes of disk that stay free
BROKEN = (OSError, http.client.HTTPException)  # URLError and time-outs are OSErrors


class DownloadError(RuntimeError):
    """A file could not be had; the message says why, and what to do by hand."""


class _Refused(Exception):
    """What this mirror serves is of no use."""


class Proof:
    """What a file has to be: its checksum, of a kind (sha256 for None)."""

    def __init__(self, digest, wanted):
        self.digest, self.wanted = digest or checksum, wanted
        self.fails = f"its {'checksum' if digest else 'sha256'} is not {wanted[:12]}..."

    def holds(self, path):
        """Whether the file is it."""
        return self.digest(path) == self.wanted


def download(urls, path, sha256, size=None, timeout=10.0, progress=True, digest=None):
    """Get one file, from the first mirror that has it.

    Parameters
    ----------
    urls : str or list of str
        http or https addresses of the same file, tried in order.
    path : path
        Where it goes; folders are made. If the file is there already with the right checksum, nothing is done.
    sha256 : str
        Its checksum, in hexadecimal.
    size : int, optional
        Its length in bytes, where known: refuses an error page before it is written.
    timeout : float
        Seconds without an answer, or without a byte, after which a mirror counts as dead.
    progress : bool
        A progress bar, where there is a terminal.
    digest : callable, optional
        Where a publisher tells a checksum of another kind: what makes it, path in, hexadecimal out. `sha256` is then of that kind.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    DownloadError
        If every mirror failed, the disk is too full, the folder cannot be written, or another file is at `path`.
    ValueError
        For an address that is neither http nor https, or none at all.
    """
    urls = [urls] if isinstance(urls, str) else list(urls)
    for url in urls or ['']:
        if urlsplit(url).scheme not in ('http', 'https'):
            raise ValueError(f'{url!r} is no http or https address')
    path, proof = Path(path), Proof(digest, sha256)
    part = path.with_name(path.name + '.part')
    if path.exists():
        if proof.holds(path):
            return path
        raise DownloadError(f'{path} is there, but {proof.fails}: '
                            'move it away, or delete it, and it will be downloaded')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, 'ab'):
            pass
        _drop_empty(part)
    except OSError as error:
        raise DownloadError(f'{path.parent} cannot be written ({error.strerror}): '
                            'set GLUON_GAN_DATA to a folder that can') from None
    reasons = []
    for url in urls:
        try:
            _from_mirror(url, part, proof, size, timeout, progress)
        except (_Refused, *BROKEN) as error:
            reason = getattr(error, 'reason', None) or error
            reasons.append(f'{urlsplit(url).netloc}: {reason or type(error).__name__}')
        else:
            os.replace(part, path)
            return path
        finally:
            _drop_empty(part)
    raise DownloadError(f'{path.name} could not be downloaded ({"; ".join(reasons)}): '
                        f'try again later, or get {urls[0]} by hand and put it at {path}')


def reachable(urls, seconds=4.0):
    """The addresses, from the first that answered on, or none of them if none did within `seconds` in all.

    They are all asked at once, in threads of their own: a name server that does not answer knows no time-out.

    Returns
    -------
    list of str
        `urls`, the one that answered first in front; empty if none did.
    """
    answers = queue.Queue()

    def ask(url):
        try:
            with urllib.request.urlopen(_request(url, method='HEAD'), timeout=seconds):
                answers.put(url)
        except (ValueError, *BROKEN):
            answers.put(None)

    deadline = time.monotonic() + seconds
    for url in urls:
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    for _ in urls:
        try:
            first = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if first is not None:
            return [first] + [url for url in urls if url != first]
    return []


def checksum(path, kind='sha256'):
    """The sha256 of a file, or its checksum of another kind that hashlib knows, in hexadecimal."""
    digest = hashlib.new(kind)
    with open(path, 'rb') as file:
        for chunk in iter(lambda: file.read(CHUNK), b''):
            digest.update(chunk)
    return digest.hexdigest()


def _from_mirror(url, part, proof, size, timeout, progress):
    """Bring `part` to its full and proven length from one mirror, or raise."""
    attempt = 1
    while True:
        before = _length(part)
        if size is not None and before > size:
            part.unlink()
            before = 0
        try:
            if size is None or before < size:
                _transfer(url, part, before, size, timeout, progress)
        except BROKEN:
            # A cut connection that brought something is worth another try here; a dead mirror is not.
            if attempt == ATTEMPTS or _length(part) <= before:
                raise
            attempt += 1
            continue
        if proof.holds(part):
            return
        part.unlink()
        # What was begun earlier may have been begun wrongly: once more from nothing. A fresh one is the wrong file.
        if before == 0:
            raise _Refused(proof.fails)


def _transfer(url, part, start, size, timeout, progress):
    """Append what is missing from byte `start` on; an OSError means that some of it may have come."""
    request = _request(url)
    if start:
        request.add_header('Range', f'bytes={start}-')
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and start:
            return  # nothing lies behind `start`: complete, or wrong, which the checksum tells
        raise _Refused(f'HTTP {error.code} {error.reason}') from None
    with response:
        if response.status != 206 or not response.headers.get('Content-Range', '').startswith(f'bytes {start}-'):
            start = 0  # this server sends the whole file whatever it is asked
        length = response.headers.get('Content-Length')
        total = None if length is None else start + int(length)
        if None not in (size, total) and total != size:
            raise _Refused(f'offers {total} bytes instead of {size}')
        total = size if total is None else total
        free = shutil.disk_usage(part.parent).free
        if total is not None and total - start + MARGIN > free:
            raise DownloadError(f'{part.stem} needs {(total - start) / 1e6:,.0f} MB in {part.parent}, where '
                                f'{free / 1e6:,.0f} MB are free: make room, or set GLUON_GAN_DATA to another disk')
        done = start
        bar = tqdm(total=total, initial=start, unit='B', unit_scale=True, desc=part.stem,
                   disable=None if progress else True)  # None: silent where there is no terminal
        with bar, open(part, 'ab' if start else 'wb') as file:
            for chunk in iter(lambda: response.read(CHUNK), b''):
                done += len(chunk)
                if total is not None and done > total:
                    raise _Refused(f'sends more than {total} bytes')
                file.write(chunk)
                bar.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())
    if total is not None and done < total:
        raise OSError(f'the connection ended after {done} of {total} bytes')


def _request(url, method='GET'):
    headers = {'User-Agent': 'gluon_gan', 'Accept-Encoding': 'identity'}
    return urllib.request.Request(url, method=method, headers=headers)


def _length(part):
    return part.stat().st_size if part.exists() else 0


def _drop_empty(part):
    if part.exists() and not part.stat().st_size:
        part.unlink()
