"""All processes of a training on this machine: started together, and ended together."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from .. import runtime
from .roles import INDEX, LIFELINE

HOST = '127.0.0.1'
POLL = 0.1
PATIENCE = 3           # seconds in which worker 0 may come to the same end as another, and say so itself
GOODBYE = 20           # seconds for scheduler and server to end after the workers
INTERRUPTED = 128 + signal.SIGINT
LINES = 5              # of what a process said last


def launch(command, workers):
    """Run a command in several workers beside a scheduler and a server, until they are done or one of them dies.

    What worker 0 prints is shown; of the others, the last lines when one fails. The first Ctrl-C goes to worker 0, which ends
    the training in all of them after the same step; a second one kills all, as SIGTERM and SIGHUP do. None outlives this process.

    Parameters
    ----------
    command : list of str
        Run once for each process; the environment tells it its role (:func:`gluon_gan.distributed.role`).
    workers : int
        Each has ``OMP_NUM_THREADS`` threads, or if that is not set its share of the cores.

    Returns
    -------
    int
        0 if all ended well; otherwise the status of the one that did not, or 1 if a signal ended it, after one line on stderr;
        128 + its number after a signal to this process.
    """
    reading, writing = os.pipe()
    processes, output, asked = {}, {}, []
    before = {number: signal.signal(number, lambda number, frame: asked.append(number))
              for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
              if signal.getsignal(number) != signal.SIG_IGN}      # of nohup, which stays as it is
    try:
        for name, environment in _environments(workers, reading):
            output[name] = None if name == 'worker 0' else tempfile.TemporaryFile()
            processes[name] = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output[name],
                stderr=output[name] and subprocess.STDOUT, pass_fds=(reading,),
                start_new_session=True)       # a session, so that Ctrl-C at the terminal comes here alone
        return _supervise(processes, output, asked)
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


def _environments(workers, lifeline):
    """(name, environment) of each process. Workers are numbered by their ports, so that it is known which becomes worker 0."""
    first, *ports = _free_ports(1 + workers)
    common = {'DMLC_PS_ROOT_URI': HOST, 'DMLC_PS_ROOT_PORT': str(first), 'DMLC_NODE_HOST': HOST, 'DMLC_NUM_SERVER': '1',
              'DMLC_NUM_WORKER': str(workers), LIFELINE: str(lifeline)}
    threads = os.environ['OMP_NUM_THREADS']
    if runtime.state['threads_from'] != 'OMP_NUM_THREADS':
        threads = str(max(1, runtime.physical_cores() // workers))
    for name in ('scheduler', 'server'):
        yield name, {**os.environ, **common, 'DMLC_ROLE': name, 'OMP_NUM_THREADS': '1'}
    for number, port in enumerate(ports):
        yield f'worker {number}', {**os.environ, **common, 'DMLC_ROLE': 'worker', 'OMP_NUM_THREADS': threads, INDEX: str(number),
                                   'PORT': str(port)}


def _free_ports(count):
    """So many free ports of the loopback, the first anyhow and the rest rising."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((HOST, 0))
    first, *rest = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return [first, *sorted(rest)]


def _supervise(processes, output, asked):
    """Wait for the end, and say what it was; see :func:`launch`."""
    forwarded, workers = False, [process for name, process in processes.items() if name.startswith('worker')]
    deadline = None
    while any(process.poll() is None for process in processes.values()):
        if asked and (forwarded or asked[0] != signal.SIGINT):
            number = asked[-1]
            print(f'gluon-gan: stopped by {signal.Signals(number).name}', file=sys.stderr)
            return 128 + number
        if asked:
            processes['worker 0'].send_signal(asked.pop())
            forwarded = True
        failed = [name for name, process in processes.items() if process.poll()]
        if forwarded and processes['worker 0'].returncode in (INTERRUPTED, -signal.SIGINT):      # it had not begun to train
            return INTERRUPTED
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
    """Print why the training ends; returns the exit status."""
    if processes[name].returncode > 0:
        # A mistake of the user's meets all workers: worker 0 should tell, once.
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
    print(f'gluon-gan: {name} {how}, so this training ends; --resume goes on from its last checkpoint'
          + (f'. It said: {last}' if last else ''), file=sys.stderr)
    return max(status, 1)
