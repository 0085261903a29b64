"""The part that this process plays: scheduler, server or worker, as the environment says, and how it ends when others do.

MXNet reads these variables, and so do its other tools::

    DMLC_ROLE             scheduler, server or worker
    DMLC_PS_ROOT_URI      the scheduler's address
    DMLC_PS_ROOT_PORT     its port
    DMLC_NUM_SERVER       how many servers there are
    DMLC_NUM_WORKER       how many workers
    DMLC_NODE_HOST        this machine's own address; found out where it is not set
    PS_HEARTBEAT_TIMEOUT  seconds of silence after which a process counts as dead (15)

The scheduler hears a heartbeat from everyone, and everyone hears one from the scheduler. So when somebody dies, the scheduler
says who and ends, and when the scheduler is silent all others end: twice the time-out at most.
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

ROLES = ('scheduler', 'server', 'worker')
COUNTS = ('DMLC_PS_ROOT_PORT', 'DMLC_NUM_SERVER', 'DMLC_NUM_WORKER')
JOIN_WITHIN = 300      # seconds that the processes wait for each other: time to start them by hand on several machines
HEARTBEAT, TIMEOUT = 1, 15
LIFELINE, INDEX = 'GLUON_GAN_LIFELINE', 'GLUON_GAN_WORKER'     # of launch: the pipe that ends with it, the rank it expects
SCHEDULER, EVERYONE, FOREVER_AGO = 1, 7, -10 ** 6              # node groups of ps-lite; a silence that everyone exceeds

_member = {'entered': False, 'cluster': None, 'ending': False}


def role():
    """str or None: 'scheduler', 'server' or 'worker', as ``DMLC_ROLE`` says; None where a process is on its own.

    Raises
    ------
    ValueError
        If the role is none of these, or one of the variables beside it is missing or no number.
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
    """Be the scheduler or a server until the workers are done; returns the exit status.

    No optimizer is sent here, for every worker has its own. MXNet's server would unpickle any that is: this one does not.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)      # MXNet never comes back to Python, where Ctrl-C would be noticed
    _prepare(name)
    mx = _import_mxnet()
    from mxnet.base import _LIB, check_call
    kv = mx.kv.create('dist_sync')
    controller = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(lambda head, body, handle: None)
    threading.Thread(target=_watch, args=(name, kv.handle), daemon=True).start()
    check_call(_LIB.MXKVStoreRunServer(kv.handle, controller, None))
    return 0


@contextmanager
def member(workers=None):
    """A :class:`.kv.Cluster` for as long as the block takes; None where this process is on its own.

    The block ends in all workers at once: the first to come waits for the last. A worker that leaves it by an exception ends
    by :func:`leave`, since MXNet's own way out would wait for the others for ever.

    Parameters
    ----------
    workers : int, optional
        How many the caller believes in.

    Raises
    ------
    ValueError
        If ``DMLC_NUM_WORKER`` says otherwise.
    """
    name = role()
    if name is None:
        yield None
        return
    if workers not in (None, int(os.environ['DMLC_NUM_WORKER'])):
        raise ValueError(f"--workers {workers} and DMLC_NUM_WORKER={os.environ['DMLC_NUM_WORKER']} disagree: leave the first out")
    _prepare(name)
    _import_mxnet()
    from .kv import Cluster
    threading.Thread(target=_watch, args=(name,), daemon=True).start()
    _member['entered'] = True
    atexit.register(leave, 1)
    _member['cluster'] = cluster = Cluster()
    if os.environ.get(INDEX, str(cluster.rank)) != str(cluster.rank):
        raise RuntimeError(f'worker {os.environ[INDEX]} became number {cluster.rank}: a port was taken meanwhile, start again')
    yield cluster
    cluster.wait_for_all()
    _member['ending'] = True
    last_resort = threading.Timer(TIMEOUT, os._exit, (1,))
    last_resort.start()
    cluster.close()
    last_resort.cancel()
    atexit.unregister(leave)


def leave(status):
    """``status``; a member of a cluster ends here and now with it."""
    if _member['entered']:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def hold_lifeline():
    """End this process when the one that launched it is gone, however it went."""
    def hold(pipe):
        os.read(pipe, 1)           # nobody writes: this returns when the last holder of the other end has ended
        os._exit(1)

    if LIFELINE in os.environ:
        threading.Thread(target=hold, args=(int(os.environ[LIFELINE]),), daemon=True).start()


def _prepare(name):
    hold_lifeline()
    os.environ.setdefault('PS_HEARTBEAT_INTERVAL', str(HEARTBEAT))
    root = os.environ['DMLC_PS_ROOT_URI']
    if not os.environ.get('DMLC_NODE_HOST') and not os.environ.get('DMLC_INTERFACE'):
        # ps-lite takes the first interface that is not loopback, be it the right one or not, and hangs where there is none.
        os.environ['DMLC_NODE_HOST'] = root if name == 'scheduler' else _own_address(root)


def _own_address(root):
    """The address of this machine that lies towards ``root``. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((root, int(os.environ['DMLC_PS_ROOT_PORT'])))
        return probe.getsockname()[0]


def _import_mxnet():
    """MXNet, imported as a worker does, and the role put back: the import itself would be the server, and never return."""
    name, os.environ['DMLC_ROLE'] = os.environ['DMLC_ROLE'], 'worker'
    mx = runtime.require()
    os.environ['DMLC_ROLE'] = name
    return mx


def _watch(name, handle=None):
    """End this process when those it listens to are silent, or never come."""
    silence, began = int(os.environ.get('PS_HEARTBEAT_TIMEOUT', TIMEOUT)), time.monotonic()
    others = {'the scheduler': SCHEDULER}
    root = f"{os.environ['DMLC_PS_ROOT_URI']}:{os.environ['DMLC_PS_ROOT_PORT']}"
    if name == 'scheduler':     # ids of ps-lite
        others = {f'server {number}': 8 + 2 * number for number in range(int(os.environ['DMLC_NUM_SERVER']))}
        others.update({f'worker {number}': 9 + 2 * number for number in range(int(os.environ['DMLC_NUM_WORKER']))})
    joined, suspects = False, set()
    while True:
        time.sleep(HEARTBEAT)
        if handle is None and _member['cluster']:
            handle = _member['cluster'].handle
        joined = joined or (handle is not None and _silent(handle, EVERYONE, FOREVER_AGO))
        if not joined:
            if time.monotonic() > began + JOIN_WITHIN:
                _die(name, f'the others did not all come to {root} within {JOIN_WITHIN} s')
            continue
        if _member['ending']:
            return
        dead = {other for other, node in others.items() if _silent(handle, node, silence)}
        if dead & suspects:     # twice, since after a machine slept all look dead for a moment
            _die(name, f"{', '.join(sorted(dead & suspects))} died or hangs (silent for {silence} s): this training ends")
        suspects = dead


def _silent(handle, node, seconds):
    """Whether any of a node or group has been silent for so long; False until all have joined."""
    from mxnet.base import _LIB, check_call
    count = ctypes.c_int()
    check_call(_LIB.MXKVStoreGetNumDeadNode(handle, node, ctypes.byref(count), seconds))
    return count.value > 0


def _die(name, why):
    number = f" {_member['cluster'].rank}" if _member['cluster'] else ''
    print(f'gluon-gan: {name}{number}: {why}', file=sys.stderr, flush=True)
    os._exit(1)
