"""The parameter server as Gluon's trainers see it."""
import zlib
from contextlib import contextmanager

import mxnet as mx
from mxnet.base import _LIB, KVStoreHandle, check_call
from mxnet.kvstore import KVStoreBase


class Store(KVStoreBase):
    """What a gluon.Trainer takes for its kvstore: it adds up over the workers, under keys of its own.

    A Trainer counts its keys from 0, and a second one would push to the keys of the first.

    Parameters
    ----------
    kv : mxnet.kvstore.KVStore
    first : int
        Its first key.
    """

    def __init__(self, kv, first):
        self._kv, self._first = kv, first

    type = property(lambda self: self._kv.type)
    rank = property(lambda self: self._kv.rank)
    num_workers = property(lambda self: self._kv.num_workers)

    @staticmethod
    def is_capable(capability):
        """False: no optimizer runs on the server, to which it would have to be pickled."""
        return False

    def broadcast(self, key, value, out, priority=0):
        """Worker 0's ``value`` into everyone's ``out``."""
        self._kv.broadcast(self._first + key, value, out, priority)

    def pushpull(self, key, value, out=None, priority=0):
        """The sum of everyone's ``value`` into everyone's ``out``, or into ``value`` itself. Nothing waits here."""
        self._kv.pushpull(self._first + key, value, out, priority)


class Cluster:
    """The workers of a training, seen from one of them.

    Making it waits until all of them and the servers have come.

    Attributes
    ----------
    rank : int
        Which worker this is; 0 is the one that writes.
    workers : int
        How many there are.
    """

    def __init__(self):
        self._kv = mx.kv.create('dist_sync')
        self.handle, self.rank, self.workers = self._kv.handle, self._kv.rank, self._kv.num_workers
        self._keys = 0
        self._row = self.store(1)
        nothing = mx.nd.zeros(self.workers)
        self._row.broadcast(0, nothing, nothing)

    def store(self, keys):
        """A :class:`Store` of so many keys. All workers must ask for the same stores in the same order."""
        self._keys += keys
        return Store(self._kv, self._keys - keys)

    def share(self, array):
        """This worker's rows of an array whose first axis holds those of all."""
        rows = len(array) // self.workers
        return array[self.rank * rows:(self.rank + 1) * rows]

    def row(self, value):
        """NDArray ``(workers,)``: what each worker said, in a call that all of them make. Nothing waits until it is read."""
        row = mx.nd.zeros(self.workers)
        row[self.rank] = value
        self._row.pushpull(0, row)
        return row

    def wait_for_all(self):
        """Return when every worker has called this."""
        self.row(0).wait_to_read()

    def check_agreement(self, what, *settings):
        """Raise ValueError in every worker unless all call this with equal settings; ``what`` names them for the message."""
        said = self.row(zlib.crc32(repr(settings).encode()) % 2 ** 24).asnumpy()      # so much a float32 holds exactly
        odd = [str(rank) for rank in range(self.workers) if said[rank] != said[0]]
        if odd:
            raise ValueError(f"worker {', '.join(odd)} and worker 0 differ in {what}: start all of them alike")

    @contextmanager
    def first_alone(self):
        """The block runs in worker 0 first and then in the others, which so find what it has downloaded."""
        if self.rank:
            self.wait_for_all()
        yield
        if not self.rank:
            self.wait_for_all()

    def close(self):
        """Let the servers go, and the scheduler. All workers must call this."""
        mx.nd.waitall()
        check_call(_LIB.MXKVStoreFree(self.handle))
        self._kv.handle = KVStoreHandle()       # its destructor would free it once more
