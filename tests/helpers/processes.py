"""Real processes of the command line, for tests that send them signals."""
import os
import subprocess
import sys
import time
from contextlib import contextmanager

SMALL = ('--batch-size', '8', '--ngf', '2', '--ndf', '2', '--nz', '4', '--average', '0.9', '--decay', '1')
FOR_EVER = ('--steps', '1000000')


def command(*words):
    """The words that run the command line with this Python."""
    return [sys.executable, '-m', 'gluon_gan', *map(str, words)]


@contextmanager
def running(*words, **options):
    """A process of the command line, whose output is read as text. It is killed at the end of the block."""
    process = subprocess.Popen(command(*words), text=True, **{
        'stdout': subprocess.PIPE, 'stderr': subprocess.STDOUT, 'start_new_session': True,
        'env': dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path)), OMP_NUM_THREADS='1'), **options})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def wait_until(condition, process=None, seconds=90):
    """Wait for a condition; a process that ends before fails the test at once."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, 'it took too long'
        time.sleep(0.02)
