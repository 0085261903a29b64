"""The page over HTTP, for the person at this machine: ``gluon-gan explore``."""
from ...serving.eviction import listen
from .contents import KINDS

# Sent with every answer; the page says the same in a meta element, for servers that do not send it.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LOCAL = ('127.0.0.1', 'localhost', '[::1]')


def application(files):
    """A WSGI application that serves files to GET and HEAD, and only to requests for this machine's own names.

    Parameters
    ----------
    files : dict of bytes
        By file name; ``/`` is ``index.html``.

    Returns
    -------
    callable
    """
    def answer(environ, start_response):
        name = environ['PATH_INFO'].lstrip('/') or 'index.html'
        host = environ.get('HTTP_HOST', '').rsplit(':', 1)[0]
        if host not in LOCAL:
            status, body, kind = '403 Forbidden', b'this page is for the machine that serves it\n', KINDS['.txt']
        elif environ['REQUEST_METHOD'] not in ('GET', 'HEAD'):
            status, body, kind = '405 Method Not Allowed', b'only GET and HEAD\n', KINDS['.txt']
        elif name not in files:
            status, body, kind = '404 Not Found', b'there is no such file\n', KINDS['.txt']
        else:
            status, body, kind = '200 OK', files[name], KINDS['.' + name.rsplit('.', 1)[-1]]
        start_response(
            status,
            [
                ('Content-Type', kind),
                ('Content-Length', str(len(body))),
                ('Content-Security-Policy', POLICY),
                ('X-Content-Type-Options', 'nosniff'),
                ('Referrer-Policy', 'no-referrer'),
                ('Cache-Control', 'no-store'),
            ],
        )
        return [b'' if environ['REQUEST_METHOD'] == 'HEAD' else body]

    return answer


def create(files, host='127.0.0.1', port=0):
    """A server that listens, for its ``run()``; ``effective_port`` is the port, where 0 was asked for.

    Parameters
    ----------
    files : dict of bytes
        From :func:`gluon_gan.export.explore.page`.
    host : str
        An address of this machine. Requests for any other host name are refused, so that no page of another site can
        read this one through a name that it points here.
    port : int
        0 for any that is free.

    Raises
    ------
    ValueError
        If it cannot listen there.
    """
    return listen(application(files), host, port, threads=4)
