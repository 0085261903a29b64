"""A process that has imported the package and forks a training for each line it reads: imports cost seconds, forks none.

A line is a JSON dict: ``argv`` of the command line, ``log`` for what it prints, and ``kill_at``, the number of the file
operation before which it kills itself as ``kill -9`` does (null: it lives). The answer is the child's pid, and when it has
ended, its exit status and how many file operations it did. With arguments it is the command line itself, of the same short trainings.
"""
import builtins
import json
import os
import resource
import signal
import sys
import tempfile
import time
import zipfile
from functools import partial

from gluon_gan import cli
from gluon_gan.train import GANTrainer, History, run

run.FRAMES, run.History = 8, partial(History, every=3)      # a few samples, and many records, in a few steps


def count(owner, name, operations, kill_at):
    """Count the calls of a function, each a little slower, and die before the one asked for."""
    real = getattr(owner, name)

    def counted(*args, **options):
        operations.append(name)
        time.sleep(0.001)
        if len(operations) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)

    setattr(owner, name, counted)


def train(argv, log, kill_at, told):
    os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND), 1)
    os.dup2(1, 2)
    operations, step = [], GANTrainer.step
    for owner, name in ((os, 'fsync'), (os, 'replace'), (os, 'rename'), (os, 'unlink'), (os, 'mkdir'), (tempfile, 'mkstemp'),
                        (tempfile, 'mkdtemp'), (zipfile.ZipFile, 'open'), (builtins, 'open')):
        count(owner, name, operations, kill_at)
    GANTrainer.step = lambda *args: (time.sleep(0.01), step(*args))[1]
    status = cli.main(argv)
    os.write(told, str(len(operations)).encode())
    os._exit(status)


if sys.argv[1:]:
    sys.exit(cli.main(sys.argv[1:]))
print('ready', flush=True)
for line in sys.stdin:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    tell, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            train(**json.loads(line), told=told)
        except BaseException as error:
            print(f'{type(error).__name__}: {error}', flush=True)
        finally:
            os._exit(99)
    os.close(told)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    with os.fdopen(tell) as pipe:
        print(os.waitstatus_to_exitcode(status), pipe.read() or 0, flush=True)
