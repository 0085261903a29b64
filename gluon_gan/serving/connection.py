"""The HTTP connection from a client to a data server (:mod:`.server`)."""
import json
import socket
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

TIMEOUT = 20.0           # seconds without a byte after which the connection counts as dead
MOST_JSON = 65536        # bytes of an answer that is not a batch


class Connection:
    """An HTTP connection that is kept open between requests, and reopened if the server has closed it.

    Parameters
    ----------
    url : str
        ``http://HOST:PORT``, or https.

    Raises
    ------
    ValueError
        If `url` is not such an address.
    """

    def __init__(self, url):
        try:
            parts = urlsplit(url)
            kind = {'http': HTTPConnection, 'https': HTTPSConnection}[parts.scheme]
            if not parts.hostname or parts.query or parts.fragment:
                raise ValueError
            if not url.isascii() or not url.isprintable() or ' ' in url:
                raise ValueError
            port = parts.port
        except (KeyError, ValueError):
            raise ValueError(f'url={url!r} must be the address of a data server, '
                             'such as http://127.0.0.1:8765') from None
        self.url, self._path = url, parts.path.rstrip('/')
        self._http = kind(parts.hostname, port, timeout=TIMEOUT)

    def get(self, target, most):
        """Request a resource.

        Parameters
        ----------
        target : str
            The path and query.
        most : int
            The largest length of the answer, in bytes.

        Returns
        -------
        (http.client.HTTPMessage, bytes)
            The headers and the body.

        Raises
        ------
        ValueError
            If the server refuses the request, or the answer is longer than `most` bytes.
        OSError, http.client.HTTPException
            If the server does not answer, breaks off, or reports an internal error. A retry may succeed.
        """
        reused = self._http.sock is not None
        try:
            return self._get(target, most)
        except ValueError:
            raise
        except Exception:
            if not reused:
                raise
        return self._get(target, most)        # the server closes idle connections, so the first retry is immediate

    def json(self, target):
        """Request a resource that is a JSON object, and return it as a dict."""
        _, body = self.get(target, MOST_JSON)
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise ValueError(f'{self.url} is not a data server: its {target} is not a JSON object')
        return value

    def close(self):
        """Close the connection. The next request opens it again."""
        self._http.close()

    def interrupt(self):
        """End a request in another thread at once, with an OSError or an HTTPException."""
        sock = self._http.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass          # it was closed in the meantime

    def _get(self, target, most):
        try:
            self._http.request('GET', self._path + target)
            answer = self._http.getresponse()
            status, length = answer.status, answer.length
            if status >= 500:
                raise ConnectionError(f'the server answers {status}')
            if length is None:           # also the case if the headers were cut off
                raise ConnectionError('the answer has no Content-Length')
            if length > (most if status == 200 else MOST_JSON):
                raise ValueError(f'{self.url} is not a data server: '
                                 f'it answers {target[:200]} with {status} and {length:,} bytes')
            body = answer.read()
        except BaseException:
            self._http.close()       # the rest of this answer must not be read as the next one
            raise
        if status != 200:
            raise ValueError(f'{self.url} refuses {target[:200]} with {status}: {_reason(body)}')
        return answer.headers, body


def _reason(body):
    """The error text in the JSON of a refusal, as one line."""
    try:
        text = str(json.loads(body)['error'])
    except (KeyError, TypeError, ValueError, RecursionError):
        text = body.decode('utf-8', 'replace')
    return ' '.join(text.split())[:200]
