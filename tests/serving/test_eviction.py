"""Slow clients do not keep others out of a data server."""
import http.client
import json
import socket
import time
from contextlib import ExitStack

import numpy as np
import pytest

from gluon_gan.data import ImageArray
from gluon_gan.serving import eviction, server
from helpers import serving


def listening(images):
    """A context manager: a running server of these images."""
    return serving.running(server.create(ImageArray(images, 'images'), port=0))


@pytest.fixture
def small():
    return np.zeros((10, 8, 8, 3), np.uint8)


def connect(created):
    return socket.create_connection(('127.0.0.1', int(created.effective_port)), timeout=10)


def healthy(client):
    client.request('GET', '/health')
    answer = client.getresponse()
    return answer.status == 200 and json.loads(answer.read())['ok']


def test_150_slow_connections_keep_nobody_out(small):
    with listening(small) as created, ExitStack() as slow:
        client = http.client.HTTPConnection('127.0.0.1', int(created.effective_port), timeout=10)
        assert healthy(client)
        local = client.sock.getsockname()
        connections = [slow.enter_context(connect(created)) for _ in range(150)]
        for _ in range(3):                       # they stay active, and never complete a request
            for connection in connections:
                try:
                    connection.sendall(b'G')
                except OSError:
                    pass                         # evicted
            new = http.client.HTTPConnection('127.0.0.1', int(created.effective_port), timeout=10)
            began = time.monotonic()
            assert healthy(new) and time.monotonic() - began < 5
            new.close()
            assert healthy(client) and client.sock.getsockname() == local      # a good client is not disconnected
        client.close()


def test_clients_that_stop_to_read_keep_nobody_out(monkeypatch):
    monkeypatch.setattr(server, 'CONNECTIONS', 8)
    monkeypatch.setattr(eviction, 'STALLED', 0)
    with listening(np.zeros((1000, 128, 128, 3), np.uint8)) as created, ExitStack() as slow:
        for _ in range(8):                       # two requests at once: the second would block a thread of the server
            connection = slow.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(('127.0.0.1', int(created.effective_port)))
            connection.sendall(2 * b'GET /batch?size=1000&augment=none HTTP/1.1\r\nHost: x\r\n\r\n')
        client = http.client.HTTPConnection('127.0.0.1', int(created.effective_port), timeout=60)
        assert healthy(client)
        client.close()


def test_a_client_that_never_reads_is_disconnected_in_the_end():
    with listening(np.zeros((1000, 128, 128, 3), np.uint8)) as created, connect(created) as connection:
        connection.sendall(b'GET /batch?size=1000&augment=none HTTP/1.1\r\nHost: x\r\n\r\n')
        deadline = time.monotonic() + 30
        while not any(channel.total_outbufs_len for channel in list(created.active_channels.values())):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        created.adj.channel_timeout, created.next_channel_cleanup = 0, 0
        created.adj.cleanup_interval = 0
        while created.active_channels:
            assert time.monotonic() < deadline
            time.sleep(0.01)
