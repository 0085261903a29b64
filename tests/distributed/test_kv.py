"""The parts of the cluster that need no other process."""
import numpy as np
import pytest

from gluon_gan.distributed.kv import Cluster, Store


class RecordingKVStore:
    """Records the calls that a Store makes."""

    type, rank, num_workers = 'dist_sync', 1, 3

    def __init__(self):
        self.calls = []

    def broadcast(self, *args):
        self.calls.append(('broadcast', *args))

    def pushpull(self, *args):
        self.calls.append(('pushpull', *args))


@pytest.fixture
def cluster():
    cluster = Cluster.__new__(Cluster)
    cluster._kv, cluster._keys, cluster.rank, cluster.workers = RecordingKVStore(), 0, 1, 3
    return cluster


def test_two_stores_use_different_keys(cluster):
    first, second = cluster.store(4), cluster.store(2)
    first.pushpull(3, 'value', 'out')
    second.broadcast(0, 'value', 'out')
    second.pushpull(1, 'value')
    assert cluster._kv.calls == [('pushpull', 3, 'value', 'out', 0), ('broadcast', 4, 'value', 'out', 0),
                                 ('pushpull', 5, 'value', None, 0)]


def test_a_store_is_a_kvstore_without_an_optimizer(cluster):
    store = cluster.store(1)
    assert (store.type, store.rank, store.num_workers) == ('dist_sync', 1, 3)
    assert not Store.is_capable('optimizer')


def test_each_worker_gets_its_share_of_an_array(cluster):
    shares = []
    for cluster.rank in range(3):
        shares.append(cluster.share(np.arange(12).reshape(6, 2)))
    assert [share.shape for share in shares] == [(2, 2)] * 3
    assert np.array_equal(np.concatenate(shares), np.arange(12).reshape(6, 2))
