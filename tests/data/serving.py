"""A data server in a process of its own, as people start it."""
import os
import signal
import subprocess
import sys
from contextlib import contextmanager


class Process:
    """``gluon-gan data serve`` of a file; ``url`` and ``port`` are where it listens."""

    def __init__(self, path, port=0):
        self._popen = subprocess.Popen([sys.executable, '-m', 'gluon_gan', 'data', 'serve', str(path), '--port', str(port)],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))))
        self.said = self._popen.stdout.readline()
        assert ' at http://127.0.0.1:' in self.said, self._popen.communicate()
        self.url = self.said.split(' at ')[1].split(';')[0]
        self.port = int(self.url.rsplit(':', 1)[1])

    def alive(self):
        return self._popen.poll() is None

    def kill(self, number=signal.SIGKILL):
        """End it; the exit status and what it had said."""
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
