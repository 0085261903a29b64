"""A client's side of the conversation with a data server (:mod:`.server`)."""
import json
import socket
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

TIMEOUT = 20.0         # seconds without a byte after which a server counts as gone
MOST_TOLD = 65536      # bytes of what is no batch


class Connection:
    """One HTTP connection, which is kept open from request to request and opened anew where it was closed.

    Parameters
    ----------
    url : str
        ``http://HOST:PORT``, or https.

    Raises
    ------
    ValueError
        If it is no such address.
    """

    def __init__(self, url):
        try:
            parts = urlsplit(url)
            kind = {'http': HTTPConnection, 'https': HTTPSConnection}[parts.scheme]
            if not parts.hostname or parts.query or parts.fragment or not url.isascii() or not url.isprintable() or ' ' in url:
                raise ValueError
            port = parts.port
        except (KeyError, ValueError):
            raise ValueError(f'url={url!r} must be the address of a data server, such as http://127.0.0.1:8765') from None
        self.url, self._path = url, parts.path.rstrip('/')
        self._http = kind(parts.hostname, port, timeout=TIMEOUT)

    def get(self, target, most):
        """The headers and the body of a resource.

        Raises
        ------
        ValueError
            If the server refuses, or would send more than ``most`` bytes.
        OSError, http.client.HTTPException
            If it does not answer, or not to the end, or has an error of its own: another try may help.
        """
        reused = self._http.sock is not None
        try:
            return self._get(target, most)
        except ValueError:
            raise
        except Exception:
            if not reused:
                raise
        return self._get(target, most)        # a server closes a connection that was idle for long: that is no reason to wait

    def json(self, target):
        """A resource that is a JSON object, as a dict."""
        _, body = self.get(target, MOST_TOLD)
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise ValueError(f'{self.url} is no data server: its {target} is no JSON object')
        return told

    def close(self):
        self._http.close()

    def interrupt(self):
        """Let another thread's request end at once, with an OSError or an HTTPException."""
        sock = self._http.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass          # it was closed in this moment

    def _get(self, target, most):
        try:
            self._http.request('GET', self._path + target)
            answer = self._http.getresponse()
            status, length = answer.status, answer.length
            if status >= 500:
                raise ConnectionError(f'it answers {status}')
            if length is None:           # which is also how an answer looks whose headers were cut short
                raise ConnectionError('its answer has no length')
            if length > (most if status == 200 else MOST_TOLD):
                raise ValueError(f'{self.url} is no data server: it answers {target[:200]} with {status} and {length:,} bytes')
            body = answer.read()
        except BaseException:
            self._http.close()       # what is left of this answer must not be taken for the next one
            raise
        if status != 200:
            raise ValueError(f'{self.url} refuses {target[:200]} with {status}: {_reason(body)}')
        return answer.headers, body


def _reason(body):
    """What the JSON of a refusal says, in one line."""
    try:
        text = str(json.loads(body)['error'])
    except (KeyError, TypeError, ValueError, RecursionError):
        text = body.decode('utf-8', 'replace')
    return ' '.join(text.split())[:200]
