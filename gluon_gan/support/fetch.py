"""Downloads that can be interrupted and are verified.

The bytes are written to ``NAME.part``, which is renamed when it is complete and its checksum is correct. A ``.part``
that was left behind is continued by the next call, from any mirror.

``pooch`` (1.9) is not used: it restarts a broken download from byte 0, has no mirrors, checks neither length nor disk
space before it writes, and overwrites an existing file that has another checksum.
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

from .errors import GluonGanError

ATTEMPTS = 5  # for each mirror, as long as each attempt adds some bytes
CHUNK = 1 << 18
MARGIN = 16 << 20  # bytes of disk space that stay free
BROKEN = (OSError, http.client.HTTPException)  # includes URLError and time-outs


class DownloadError(GluonGanError, RuntimeError):
    """A download that failed; the message gives the reasons and what to do by hand."""


class _Refused(Exception):
    """A mirror that serves something other than the wanted file."""


class Proof:
    """The checksum that a file must have.

    Parameters
    ----------
    digest : callable or None
        Computes the checksum of the file at a path; None for its sha256.
    wanted : str
        The correct checksum, in hexadecimal.
    """

    def __init__(self, digest, wanted):
        self.digest, self.wanted = digest or checksum, wanted
        self.fails = f"its {'checksum' if digest else 'sha256'} is not {wanted[:12]}..."

    def holds(self, path):
        """Return whether the file has the checksum."""
        return self.digest(path) == self.wanted


def download(urls, path, sha256, size=None, timeout=10.0, progress=True, digest=None):
    """Download a file from the first mirror that provides it.

    Parameters
    ----------
    urls : str or list of str
        http or https addresses of the same file, tried in order.
    path : path
        Where the file is put; missing folders are created. If the file exists and has the checksum, nothing is done.
    sha256 : str
        The checksum of the file, in hexadecimal.
    size : int, optional
        The length of the file in bytes. If it is given, an error page is refused before it is written.
    timeout : float
        Seconds without an answer, or without a byte, after which a mirror counts as dead.
    progress : bool
        Show a progress bar, if there is a terminal.
    digest : callable, optional
        Computes another kind of checksum, for a publisher that does not state a sha256: it takes a path and returns
        hexadecimal digits. `sha256` is then the checksum of that kind.

    Returns
    -------
    pathlib.Path
        `path`.

    Raises
    ------
    DownloadError
        If all mirrors failed, the disk space does not suffice, the folder is not writable, or another file is at
        `path`.
    ValueError
        If an address is neither http nor https, or there is no address.
    """
    urls = [urls] if isinstance(urls, str) else list(urls)
    for url in urls or ['']:
        if urlsplit(url).scheme not in ('http', 'https'):
            raise ValueError(f'{url!r} is not an http or https address')
    path, proof = Path(path), Proof(digest, sha256)
    part = path.with_name(path.name + '.part')
    if path.exists():
        if proof.holds(path):
            return path
        raise DownloadError(f'{path} exists, but {proof.fails}: move it away or delete it, and it will be downloaded')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, 'ab'):
            pass
        _remove_empty(part)
    except OSError as error:
        raise DownloadError(f'{path.parent} is not writable ({error.strerror}): '
                            'set GLUON_GAN_DATA to a writable folder') from None
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
            _remove_empty(part)
    raise DownloadError(f'{path.name} could not be downloaded ({"; ".join(reasons)}): '
                        f'try again later, or get {urls[0]} by hand and put it at {path}')


def reachable(urls, seconds=4.0):
    """Find an address that answers, and return all addresses with this one in front.

    All addresses are tried at the same time, each in its own thread, because a name server that does not answer has no
    time-out.

    Parameters
    ----------
    urls : list of str
    seconds : float
        The total time to wait.

    Returns
    -------
    list of str
        `urls`, with the one that answered first in front; empty if none answered.
    """
    answers = queue.Queue()

    def probe(url):
        try:
            with urllib.request.urlopen(_request(url, method='HEAD'), timeout=seconds):
                answers.put(url)
        except (ValueError, *BROKEN):
            answers.put(None)

    deadline = time.monotonic() + seconds
    for url in urls:
        threading.Thread(target=probe, args=(url,), daemon=True).start()
    for _ in urls:
        try:
            first = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if first is not None:
            return [first] + [url for url in urls if url != first]
    return []


def checksum(path, kind='sha256'):
    """The checksum of a file, in hexadecimal.

    Parameters
    ----------
    path : path
    kind : str
        The name of an algorithm of :mod:`hashlib`.
    """
    digest = hashlib.new(kind)
    with open(path, 'rb') as file:
        for chunk in iter(lambda: file.read(CHUNK), b''):
            digest.update(chunk)
    return digest.hexdigest()


def _from_mirror(url, part, proof, size, timeout, progress):
    """Complete `part` from one mirror and verify it, or raise."""
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
            # A connection that broke after some bytes is worth another attempt; a dead mirror is not.
            if attempt == ATTEMPTS or _length(part) <= before:
                raise
            attempt += 1
            continue
        if proof.holds(part):
            return
        part.unlink()
        # If the first bytes are of an earlier call, they may be wrong: try once more from byte 0. Otherwise it is the
        # wrong file.
        if before == 0:
            raise _Refused(proof.fails)


def _transfer(url, part, start, size, timeout, progress):
    """Append the bytes from `start` on. After an OSError, some of them may have been written."""
    request = _request(url)
    if start:
        request.add_header('Range', f'bytes={start}-')
    try:
        response = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and start:
            return  # the file ends at `start`: it is complete, or the checksum will show that it is wrong
        raise _Refused(f'HTTP {error.code} {error.reason}') from None
    with response:
        if response.status != 206 or not response.headers.get('Content-Range', '').startswith(f'bytes {start}-'):
            start = 0  # this server ignores ranges and sends the complete file
        length = response.headers.get('Content-Length')
        total = None if length is None else start + int(length)
        if None not in (size, total) and total != size:
            raise _Refused(f'offers {total} bytes instead of {size}')
        total = size if total is None else total
        free = shutil.disk_usage(part.parent).free
        if total is not None and total - start + MARGIN > free:
            raise DownloadError(f'{part.stem} needs {(total - start + MARGIN) / 1e6:,.0f} MB in {part.parent} '
                                f'({MARGIN / 1e6:,.0f} MB of them stay free), where {free / 1e6:,.0f} MB are free: '
                                'free some disk space, or set GLUON_GAN_DATA to another disk')
        done = start
        bar = tqdm(total=total, initial=start, unit='B', unit_scale=True, desc=part.stem,
                   disable=None if progress else True)  # None: no bar without a terminal
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


def _remove_empty(part):
    if part.exists() and not part.stat().st_size:
        part.unlink()
