"""Start all processes of a training on this machine, supervise them, and end them together."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

from .. import runtime
from ..support import signals
from ..support.checks import whole_number
from .roles import INDEX, LIFELINE

HOST = '127.0.0.1'
POLL = 0.1
PATIENCE = 3           # seconds in which worker 0 may end like another worker, and report the same error itself
GOODBYE = 20           # seconds for scheduler and server to end after the workers
MOST = 8, 2            # workers on any machine, and workers a core: more would only take memory from each other
LINES = 5              # of a failed process's output


def launch(command, workers):
    """Run a command in several workers, beside a scheduler and a server, until they finish or one of them fails.

    The output of worker 0 is shown. The last lines of another process are shown if it fails. The first Ctrl-C, SIGTERM
    or SIGHUP is forwarded to worker 0, which ends the training in all workers after the same step. Another Ctrl-C kills
    all processes; another SIGTERM or SIGHUP changes nothing. No process outlives the calling process, even if that is
    killed.

    Parameters
    ----------
    command : list of str
        The command that each process runs. It reads its role from the environment
        (:func:`gluon_gan.distributed.role`).
    workers : int
        The number of workers. Each has ``OMP_NUM_THREADS`` threads, or its share of the cores if that is not set.

    Returns
    -------
    int
        0 if all processes succeeded. If a process failed, its exit status, or 1 if it was killed by a signal; one line
        on stderr explains it. After a signal to the calling process, 128 + the number of the signal, or 0 if Ctrl-C
        ended the training in good order.

    Raises
    ------
    ValueError
        If `workers` is wrong, see :func:`check_workers`. No process has been started then.
    """
    check_workers(workers)
    reading, writing = os.pipe()
    processes, output, received = {}, {}, []
    before = {number: signal.signal(number, lambda number, frame: received.append(number))
              for number in signals.ENDING
              if signal.getsignal(number) != signal.SIG_IGN}      # nohup ignores SIGHUP, and so do we then
    try:
        for name, environment in _environments(workers, reading):
            output[name] = None if name == 'worker 0' else tempfile.TemporaryFile()
            processes[name] = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output[name],
                stderr=output[name] and subprocess.STDOUT, pass_fds=(reading,),
                start_new_session=True)       # so that Ctrl-C at the terminal reaches only this process
        return _supervise(processes, output, received)
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
            process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)
        for file in output.values():
            if file:
                file.close()
        os.close(reading)
        os.close(writing)


def check_workers(workers):
    """Raise ValueError unless ``workers`` is a number of processes that this machine can reasonably run."""
    cores = runtime.physical_cores()
    most = max(MOST[0], MOST[1] * cores)
    if whole_number('--workers', workers) > most:
        raise ValueError(f'--workers {workers} is more than this machine can run with {cores} cores: choose at most '
                         f'{most}, and --workers {cores} for one worker on each core')


def _environments(workers, lifeline):
    """Yield the name and environment of each process.

    MXNet numbers the workers in the order of their ports, so ascending ports determine which one becomes worker 0.
    """
    first, *ports = _free_ports(1 + workers)
    common = {'DMLC_PS_ROOT_URI': HOST, 'DMLC_PS_ROOT_PORT': str(first), 'DMLC_NODE_HOST': HOST,
              'DMLC_NUM_SERVER': '1', 'DMLC_NUM_WORKER': str(workers), LIFELINE: str(lifeline)}
    threads = os.environ['OMP_NUM_THREADS']
    if runtime.state['threads_from'] != 'OMP_NUM_THREADS':
        threads = str(max(1, runtime.physical_cores() // workers))
    for name in ('scheduler', 'server'):
        yield name, {**os.environ, **common, 'DMLC_ROLE': name, 'OMP_NUM_THREADS': '1'}
    for number, port in enumerate(ports):
        yield f'worker {number}', {**os.environ, **common, 'DMLC_ROLE': 'worker', 'OMP_NUM_THREADS': threads,
                                   INDEX: str(number), 'PORT': str(port)}


def _free_ports(count):
    """Free ports of the loopback interface: one for the scheduler, followed by the others in ascending order."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    first, *rest = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return [first, *sorted(rest)]


def _supervise(processes, output, received):
    """Wait for the processes, and return the exit status of :func:`launch`. Signal handlers fill `received`."""
    forwarded, workers = None, [process for name, process in processes.items() if name.startswith('worker')]
    deadline = None
    while any(process.poll() is None for process in processes.values()):
        if received:
            number = received.pop(0)
            if forwarded and number == signal.SIGINT:
                with suppress(OSError):      # the terminal may be closed
                    print('gluon-gan: stopped by SIGINT', file=sys.stderr)
                return 128 + number
            if not forwarded:
                processes['worker 0'].send_signal(number)
                forwarded = number
        failed = [name for name, process in processes.items() if process.poll()]
        # A cluster may send a signal to every process. A worker that was interrupted before the training began has not
        # sent the stop signal to the others. One that has ended the training waited for all others.
        if forwarded and any(process.returncode in (128 + forwarded, -forwarded) for process in workers):
            with suppress(subprocess.TimeoutExpired):
                processes['worker 0'].wait(PATIENCE)
            return 128 + forwarded
        if failed:
            return _explain(failed[0], processes, output)
        if all(process.poll() == 0 for process in workers):
            deadline = deadline or time.monotonic() + GOODBYE
            if time.monotonic() > deadline:
                return 0
        time.sleep(POLL)
    failed = [name for name, process in processes.items() if process.returncode]
    return _explain(failed[0], processes, output) if failed else 0


def _explain(name, processes, output):
    """Print why a process ended the training, and return the exit status."""
    if processes[name].returncode > 0:
        # A user error occurs in all workers. Worker 0 should report it, once.
        try:
            if processes['worker 0'].wait(PATIENCE) == processes[name].returncode:
                return processes['worker 0'].returncode
        except subprocess.TimeoutExpired:
            pass
    status = processes[name].returncode
    how = f'ended with status {status}' if status > 0 else f'was killed by {signal.Signals(-status).name}'
    last = ''
    if output[name]:
        output[name].seek(0)
        last = ' | '.join(output[name].read().decode(errors='replace').split('\n')[-1 - LINES:]).strip(' |')
    with suppress(OSError):
        print(f'gluon-gan: {name} {how}, so this training ends; --resume continues from its last checkpoint'
              + (f'. Last output: {last}' if last else ''), file=sys.stderr)
    return max(status, 1)
