"""The role of a process in a distributed training (scheduler, server or worker), and how all processes end together.

These environment variables are MXNet's own, and are understood by its other tools::

    DMLC_ROLE             scheduler, server or worker
    DMLC_PS_ROOT_URI      the scheduler's address
    DMLC_PS_ROOT_PORT     the scheduler's port
    DMLC_NUM_SERVER       the number of servers
    DMLC_NUM_WORKER       the number of workers
    DMLC_NODE_HOST        this machine's own address; detected if it is not set
    PS_HEARTBEAT_TIMEOUT  seconds of silence after which a process counts as dead (15)

The scheduler receives a heartbeat from every process, and every process receives one from the scheduler. If a process
dies, the scheduler reports which one and ends. If the scheduler is silent, all other processes end, after twice the
time-out at most.
"""
import atexit
import ctypes
import os
import signal
import socket
import sys
import threading
import time
from contextlib import contextmanager

from .. import runtime
from ..support import signals

ROLES = ('scheduler', 'server', 'worker')
COUNTS = ('DMLC_PS_ROOT_PORT', 'DMLC_NUM_SERVER', 'DMLC_NUM_WORKER')
JOIN_WITHIN = 300      # seconds for all processes to join, so that they can be started by hand on several machines
HEARTBEAT, TIMEOUT = 1, 15
LINGER = 30            # seconds after SIGTERM for the workers to finish their step and save
# Set by launch: a pipe that closes when the launching process ends, and the expected rank of a worker.
LIFELINE, INDEX = 'GLUON_GAN_LIFELINE', 'GLUON_GAN_WORKER'
# Two node groups of ps-lite, and a time-out so small that every node exceeds it.
SCHEDULER, EVERYONE, ALWAYS_EXCEEDED = 1, 7, -10 ** 6

_member = {'entered': False, 'cluster': None, 'ending': False}


def role():
    """The role of this process according to ``DMLC_ROLE``.

    Returns
    -------
    str or None
        'scheduler', 'server' or 'worker'; None if the variable is not set, so that the process trains alone.

    Raises
    ------
    ValueError
        If the role is unknown, or one of the variables that it needs is missing or not a number.
    """
    name = os.environ.get('DMLC_ROLE')
    if not name:
        return None
    if name not in ROLES:
        raise ValueError(f"DMLC_ROLE must be one of {', '.join(ROLES)}, not {name!r}")
    for variable in ('DMLC_PS_ROOT_URI', *COUNTS):
        if not os.environ.get(variable):
            raise ValueError(f'DMLC_ROLE is {name}, so {variable} must be set too (docs/scale.md shows how)')
    for variable in COUNTS + ('PS_HEARTBEAT_TIMEOUT',) * ('PS_HEARTBEAT_TIMEOUT' in os.environ):
        if not os.environ[variable].isdigit() or not int(os.environ[variable]):
            raise ValueError(f'{variable} must be a number of at least 1, not {os.environ[variable]!r}')
    return name


def serve(name):
    """Run as the scheduler or a server until the workers have finished.

    Every worker has its own optimizer, so none is sent to the server. MXNet's own server would unpickle an optimizer
    that it receives; this one ignores it.

    Parameters
    ----------
    name : str
        'scheduler' or 'server'.

    Returns
    -------
    int
        The exit status.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)      # Python's handler would never run while MXNet's code blocks
    _outlast_workers()
    _prepare(name)
    mx = _import_mxnet()
    from mxnet.base import _LIB, check_call
    kv = mx.kv.create('dist_sync')
    controller = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda head, body, handle: None)
    threading.Thread(target=_watch, args=(name, kv.handle), daemon=True).start()
    check_call(_LIB.MXKVStoreRunServer(kv.handle, controller, None))
    return 0


def _outlast_workers():
    """End this process only some time after SIGTERM or SIGHUP.

    A cluster sends the signal to all processes of a job, and the workers cannot finish their step without the others.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)      # written to also while MXNet's code blocks
    for number in signals.ENDING:
        if number != signal.SIGINT and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: None)

    def wait():
        number = os.read(reading, 1)[0]
        time.sleep(LINGER)
        os._exit(128 + number)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def member(workers=None):
    """Join the cluster as a worker for the duration of the block.

    All workers leave the block at the same time: the first one waits for the last. A worker that leaves it by an
    exception is ended at exit by :func:`leave`, because MXNet's own shutdown would wait for the other workers without
    end.

    Parameters
    ----------
    workers : int, optional
        The number of workers that the caller expects.

    Yields
    ------
    gluon_gan.distributed.kv.Cluster or None
        None if this process trains alone.

    Raises
    ------
    ValueError
        If `workers` and ``DMLC_NUM_WORKER`` differ.
    """
    name = role()
    if name is None:
        yield None
        return
    if workers not in (None, int(os.environ['DMLC_NUM_WORKER'])):
        raise ValueError(f"--workers {workers} and DMLC_NUM_WORKER={os.environ['DMLC_NUM_WORKER']} disagree: "
                         'omit --workers')
    _prepare(name)
    _import_mxnet()
    from .kv import Cluster
    threading.Thread(target=_watch, args=(name,), daemon=True).start()
    _member['entered'] = True
    atexit.register(leave, 1)
    _member['cluster'] = cluster = Cluster()
    if os.environ.get(INDEX, str(cluster.rank)) != str(cluster.rank):
        raise RuntimeError(f'worker {os.environ[INDEX]} became worker {cluster.rank}, because another process took a '
                           'port: start again')
    yield cluster
    cluster.wait_for_all()
    _member['ending'] = True
    last_resort = threading.Timer(TIMEOUT, os._exit, (1,))
    last_resort.start()
    cluster.close()
    last_resort.cancel()
    atexit.unregister(leave)


def leave(status):
    """Return `status`, or end this process with it if it is a member of a cluster."""
    if _member['entered']:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def hold_lifeline():
    """End this process when the process that launched it has ended, for whatever reason."""
    def hold(pipe):
        os.read(pipe, 1)           # nothing is ever written: this returns when the other end is closed
        os._exit(1)

    if LIFELINE in os.environ:
        threading.Thread(target=hold, args=(int(os.environ[LIFELINE]),), daemon=True).start()


def _prepare(name):
    hold_lifeline()
    os.environ.setdefault('PS_HEARTBEAT_INTERVAL', str(HEARTBEAT))
    root = os.environ['DMLC_PS_ROOT_URI']
    if not os.environ.get('DMLC_NODE_HOST') and not os.environ.get('DMLC_INTERFACE'):
        # By default ps-lite takes the first interface that is not the loopback, which may be the wrong one, and hangs
        # if there is none.
        os.environ['DMLC_NODE_HOST'] = root if name == 'scheduler' else _own_address(root)


def _own_address(root):
    """The address of this machine on the network that leads to `root`. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((root, int(os.environ['DMLC_PS_ROOT_PORT'])))
        return probe.getsockname()[0]


def _import_mxnet():
    """Import MXNet with the role of a worker, and restore the role.

    With another role, the import itself would run the server and never return.
    """
    name, os.environ['DMLC_ROLE'] = os.environ['DMLC_ROLE'], 'worker'
    mx = runtime.require()
    os.environ['DMLC_ROLE'] = name
    return mx


def _watch(name, handle=None):
    """End this process if the processes that it monitors are silent, or never join."""
    silence, began = int(os.environ.get('PS_HEARTBEAT_TIMEOUT', TIMEOUT)), time.monotonic()
    others = {'the scheduler': SCHEDULER}
    root = f"{os.environ['DMLC_PS_ROOT_URI']}:{os.environ['DMLC_PS_ROOT_PORT']}"
    if name == 'scheduler':     # 8, 9, 10, ... are ps-lite's ids of server 0, worker 0, server 1, ...
        others = {f'server {number}': 8 + 2 * number for number in range(int(os.environ['DMLC_NUM_SERVER']))}
        others.update({f'worker {number}': 9 + 2 * number for number in range(int(os.environ['DMLC_NUM_WORKER']))})
    joined, suspects = False, set()
    while True:
        time.sleep(HEARTBEAT)
        if handle is None and _member['cluster']:
            handle = _member['cluster'].handle
        joined = joined or (handle is not None and _silent(handle, EVERYONE, ALWAYS_EXCEEDED))
        if not joined:
            if time.monotonic() > began + JOIN_WITHIN:
                _die(name, f'not all other processes joined at {root} within {JOIN_WITHIN} s')
            continue
        if _member['ending']:
            return
        dead = {other for other, node in others.items() if _silent(handle, node, silence)}
        if dead & suspects:     # in two successive checks, because all processes look dead when a machine wakes up
            names = ', '.join(sorted(dead & suspects))
            _die(name, f'{names} died or hangs (silent for {silence} s): this training ends')
        suspects = dead


def _silent(handle, node, seconds):
    """Whether a node, or any node of a group, has been silent for so long. False until all nodes have joined."""
    from mxnet.base import _LIB, check_call
    count = ctypes.c_int()
    check_call(_LIB.MXKVStoreGetNumDeadNode(handle, node, ctypes.byref(count), seconds))
    return count.value > 0


def _die(name, why):
    number = f" {_member['cluster'].rank}" if _member['cluster'] else ''
    print(f'gluon-gan: {name}{number}: {why}', file=sys.stderr, flush=True)
    os._exit(1)
