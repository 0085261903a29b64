"""A waitress server whose slow clients do not keep others out: at the limit, the slowest connection is closed."""
import logging
import socket
import time

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from . import bad_requests

STALLED = 5          # seconds without progress after which a client that does not read its answer may be disconnected

GRACE = 1            # seconds in which a client should send its request


class Channel(bad_requests.Channel):
    """A connection that can be closed at any time, and knows when it last completed a request."""

    served, evicted = None, False

    def service(self):
        super().service()
        self.served = time.time()

    def readable(self):
        return not self.evicted and super().readable()

    def writable(self):
        return not self.evicted and super().writable()

    def evict(self):
        """Close the connection now. waitress's own ``will_close`` waits until the client reads, which it may never do.
        """
        self.evicted = True
        self.handle_close()

    def patience(self):
        """A key that sorts connections: the first is closed first. None if it must not be closed now.

        Connections that have not completed a request within a second come first, however busily they send. Then come
        those that wait for their next request, and clients that have stopped to read their answer. If there are none,
        new clients wait, for a second at most.
        """
        now = time.time()
        if self.total_outbufs_len:
            return (1, self.last_activity) if self.last_activity <= now - STALLED else None
        if self.requests:
            return None
        since = self.creation_time if self.served is None else self.served
        return (self.served is not None, since) if since < now - GRACE else None


class Server(TcpWSGIServer):
    """A server that makes space for a new connection by closing another one."""

    channel_class = Channel

    def readable(self):
        while len(self._map) >= self.adj.connection_limit:
            waiting = [channel for channel in self.active_channels.values() if channel.patience()]
            if not waiting:
                break
            min(waiting, key=Channel.patience).evict()
        return super().readable()

    def maintenance(self, now):
        """Close idle connections, and those whose client has stopped to read its answer.

        A client that has sent its next request already occupies a thread of the server, so it gets less time.
        """
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            patience = STALLED if channel.requests else self.adj.channel_timeout
            if channel.total_outbufs_len and channel.last_activity <= now - patience:
                channel.evict()


def listen(application, host, port, threads=2, connections=100, header_bytes=4096):
    """Create a server for a WSGI application whose requests have no body.

    Parameters
    ----------
    application : callable
    host : str
        The address to listen on.
    port : int
        0 for any free port.
    threads : int
        How many requests are answered at the same time.
    connections : int
        How many clients can be connected; at the limit the slowest is disconnected.
    header_bytes : int
        The most that the request line and the headers of a request may have.

    Returns
    -------
    Server
        Its method ``run()`` serves until Ctrl-C or SIGTERM; ``effective_port`` is the port it listens on.

    Raises
    ------
    ValueError
        If the address cannot be used.
    """
    try:
        if not host:         # the system would listen on every address
            raise ValueError('that is not an address')
        if not 0 <= port <= 65535:
            raise ValueError('ports are 0 to 65535')
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ':' in host else socket.AF_INET)
    except (OSError, ValueError) as error:
        reason = str(getattr(error, 'strerror', None) or error).split(' (while')[0]
        raise ValueError(f'cannot listen on {host}, port {port}: {reason}; choose another --host or --port') from error
    settings = Adjustments(
        sockets=[listening], threads=threads, ident='gluon-gan', max_request_body_size=1,
        max_request_header_size=header_bytes, connection_limit=connections, channel_timeout=60, cleanup_interval=1)
    address = listening.family, listening.type, listening.proto, listening.getsockname()
    logging.getLogger('waitress.queue').setLevel(logging.ERROR)       # it warns whenever one request waits for another
    return Server(application, _sock=listening, adj=settings, bind_socket=False, sockinfo=address)
