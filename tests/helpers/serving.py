"""Data servers for tests: a real one in a process of its own, and one that sends given answers."""
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager


class Process:
    """A running ``gluon-gan data serve`` with a file. It listens at ``url`` and ``port``."""

    def __init__(self, path, port=0):
        self._popen = subprocess.Popen(
            [sys.executable, '-m', 'gluon_gan', 'data', 'serve', str(path), '--port', str(port)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))))
        first_line = self._popen.stdout.readline()
        assert ' at http://127.0.0.1:' in first_line, self._popen.communicate()
        self.url = first_line.split(' at ')[1].split(';')[0]
        self.port = int(self.url.rsplit(':', 1)[1])

    def alive(self):
        return self._popen.poll() is None

    def kill(self, number=signal.SIGKILL):
        """End the process; returns its exit status and its output."""
        self._popen.send_signal(number)
        out, err = self._popen.communicate(timeout=20)
        return self._popen.returncode, out + err


@contextmanager
def serving(path, port=0):
    """A :class:`Process` that is killed at the end of the block."""
    process = Process(path, port)
    try:
        yield process
    finally:
        if process.alive():
            process.kill()


@contextmanager
def running(created):
    """Run a server of :mod:`gluon_gan.serving` or of ``explore`` in a thread, and end it in order.

    The loop is left from inside its own thread. ``close()`` from another thread would close a socket that the loop
    waits for, and the loop would fail now and then.
    """
    thread = threading.Thread(target=created.run, daemon=True)
    thread.start()
    try:
        yield created
    finally:
        def leave(now):
            raise SystemExit

        created.maintenance, created.next_channel_cleanup = leave, 0
        created.pull_trigger()
        thread.join(30)
        assert not thread.is_alive(), 'the server did not end within 30 seconds'
        for channel in list(created.active_channels.values()):
            channel.handle_close()               # closes the temporary files of answers that were not read, too
        created.task_dispatcher.shutdown()
        created.asyncore.close_all(created._map)


def client_threads():
    """The threads of the loaders that read from a server."""
    return [thread for thread in threading.enumerate() if thread.name == 'gluon_gan remote']


def answer(body, status='200 OK', **headers):
    """The bytes of an HTTP answer. A header whose value is None is left out."""
    headers = {'Content-Length': len(body), **{name.replace('_', '-'): value for name, value in headers.items()}}
    lines = [f'HTTP/1.1 {status}', *(f'{name}: {value}' for name, value in headers.items() if value is not None)]
    return ''.join(f'{line}\r\n' for line in lines).encode() + b'\r\n' + body


class CannedServer:
    """A context manager: a server that sends one of the given answers on each connection, and returns its URL.

    None is a connection without an answer. The last answer is repeated.
    """

    def __init__(self, answers):
        self.answers = answers

    def __enter__(self):
        self.listening, self.open = socket.create_server(('127.0.0.1', 0)), []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return f'http://127.0.0.1:{self.listening.getsockname()[1]}'

    def run(self):
        count = 0
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.recv(65536)
            text = self.answers[min(count, len(self.answers) - 1)]
            count += 1
            if text is None:
                self.open.append(connection)
                continue
            try:
                connection.sendall(text)
            except OSError:
                pass
            connection.close()

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()
        for connection in self.open:
            connection.close()
