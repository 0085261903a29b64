"""A process that imports the package once and forks a training for every line that it reads.

Importing the package takes seconds, forking does not. A line is a JSON object: ``argv`` for the command line, ``log``
for its output, and ``kill_at``, the number of the file operation before which the training kills itself as ``kill -9``
does (null: never). The answer has two lines: the process id of the training, and when it has ended, its exit status and
the number of its file operations. With arguments, this process runs the command line itself.
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

from gluon_gan import cli
from gluon_gan.train import GANTrainer
from gluon_gan.train.run import Run

Run.FRAMES, Run.HISTORY_EVERY = 8, 3      # a few sample grids and many records in a few steps


def count_calls(owner, name, operations, kill_at):
    """Append the name of a function to ``operations`` at every call, slow it down, and die before call ``kill_at``."""
    real = getattr(owner, name)

    def counted(*args, **options):
        operations.append(name)
        time.sleep(0.001)
        if len(operations) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)

    setattr(owner, name, counted)


def train(argv, log, kill_at, count_to):
    """Run the command line in this process, and write the number of file operations to the descriptor ``count_to``."""
    os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND), 1)
    os.dup2(1, 2)
    operations, step = [], GANTrainer.step
    for owner, name in ((os, 'fsync'), (os, 'replace'), (os, 'rename'), (os, 'unlink'), (os, 'mkdir'),
                        (tempfile, 'mkstemp'), (tempfile, 'mkdtemp'), (zipfile.ZipFile, 'open'), (builtins, 'open')):
        count_calls(owner, name, operations, kill_at)
    GANTrainer.step = lambda *args: (time.sleep(0.01), step(*args))[1]
    status = cli.main(argv)
    os.write(count_to, str(len(operations)).encode())
    os._exit(status)


if sys.argv[1:]:
    sys.exit(cli.main(sys.argv[1:]))
print('ready', flush=True)
for line in sys.stdin:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    count_from, count_to = os.pipe()
    child = os.fork()
    if not child:
        try:
            train(**json.loads(line), count_to=count_to)
        except BaseException as error:
            print(f'{type(error).__name__}: {error}', flush=True)
        finally:
            os._exit(99)
    os.close(count_to)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    with os.fdopen(count_from) as pipe:
        print(os.waitstatus_to_exitcode(status), pipe.read() or 0, flush=True)
