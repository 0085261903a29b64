"""The loader that reads from a server: its batches are those of a local loader, even if the server is restarted."""
import gc
import json
import logging
import os
import re
import signal
import socket
import threading
import time

import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.data import ImageArray, augment, batches
from gluon_gan.serving import client, connection, remote, server
from helpers.serving import CannedServer, Process, answer, client_threads, serving

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 28, 28, 1), dtype=np.uint8)
HEALTH = answer(json.dumps(server.describe(ImageArray(PIXELS, 'fifty'))).encode())


@pytest.fixture(scope='module')
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp('served') / 'fifty.npy'
    np.save(path, PIXELS)
    return path


@pytest.fixture(scope='module')
def url(path):
    with serving(path) as process:
        yield process.url


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Make retries quick, and check that no thread is left by any test."""
    monkeypatch.setattr(client, 'DELAYS', (0.02, 0.1))
    yield
    if client_threads():
        gc.collect()
    assert not client_threads()


def arrays(loader):
    return [batch.asnumpy() for batch in loader]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other))


@pytest.mark.parametrize('settings', [
    dict(), dict(seed=7, augment='quilts', shuffle=False), dict(augment='none', drop_last=False),
    dict(batch_size=64, drop_last=False)])
def test_the_batches_are_those_of_a_local_loader(url, settings):
    settings = {'batch_size': 16, **settings}
    local = batches(PIXELS, **{**settings, 'augment': augment.named(settings.get('augment', 'light'))})
    loader = remote(url, **settings)
    assert len(loader) == len(local) and loader.state() == local.state()
    for epoch in range(2):
        for a, b in zip(loader, local):
            assert a.dtype == np.float32 and np.array_equal(a.asnumpy(), b.asnumpy())
            assert loader.state() == local.state()
        assert loader.epoch == local.epoch == epoch + 1
    loader.close()


def test_the_description_of_the_images(url):
    images = remote(url, 16).images
    assert (images.name, images.stand_in, images.shape) == ('fifty', False, (50, 28, 28, 1))
    assert (images.size, images.channels, len(images)) == (28, 1, 50)
    assert images.mark == server.describe(ImageArray(PIXELS, 'fifty'))['mark']
    assert repr(remote(url, 16)) == (f'<Remote of 16 from <Served fifty: 50 x 28x28x1 uint8, {images.mark}>: '
                                     '3 an epoch, at epoch 0, batch 0>')


@pytest.mark.parametrize('taken', [0, 2, 3, 5])
def test_a_resumed_loader_continues_with_the_same_batches(url, taken):
    def stream(loader):
        while True:
            yield from loader
    whole, first, second = remote(url, 16), remote(url, 16), remote(url, 16)
    expected, run = stream(whole), stream(first)
    got = [next(run).asnumpy() for _ in range(taken)]
    second.restore(json.loads(json.dumps(first.state())))
    run = stream(second)
    got += [next(run).asnumpy() for _ in range(8 - taken)]
    assert same(got, [next(expected).asnumpy() for _ in range(8)])
    second.restore({'epoch': 0, 'batch': 1})               # backwards, after later batches were fetched
    assert np.array_equal(next(stream(second)).asnumpy(), (got * 2)[1])
    for loader in (whole, first, second):
        loader.close()


def test_the_parts_of_a_batch_are_the_batch(url):
    whole, *parts = [remote(url, 12)] + [remote(url, 12, part=part, parts=3) for part in range(3)]
    for batch, *shares in zip(whole, *parts):
        assert np.array_equal(batch.asnumpy(), np.concatenate([share.asnumpy() for share in shares]))
    for loader in (whole, *parts):
        loader.close()


def test_the_number_of_prefetched_batches_is_limited(url, monkeypatch):
    requests, get = [], connection.Connection.get

    def recorded(self, target, most):
        requests.append(target)
        return get(self, target, most)

    monkeypatch.setattr(connection.Connection, 'get', recorded)
    loader = remote(url, 10, prefetch=2)
    next(iter(loader))
    wait_for(lambda: len(requests) == 5)           # /health, one taken, two in the queue, one waiting for the queue
    time.sleep(0.3)
    assert len(requests) == 5
    positions = [re.search(r'epoch=(\d+)&batch=(\d+)', target).groups() for target in requests[1:]]
    assert positions == [('0', str(number)) for number in range(4)]
    loader.close()


def test_no_thread_outlives_its_loader(url):
    loader = remote(url, 16)
    assert not client_threads()
    next(iter(loader))
    assert len(client_threads()) == 1
    loader.close()
    assert not client_threads()
    assert loader.state() == {'epoch': 0, 'batch': 1}
    assert next(iter(loader)).shape == (16, 1, 28, 28)      # it can be resumed
    del loader
    gc.collect()
    assert not client_threads()


def wait_for(what, seconds=20):
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.02)
    assert what()


def test_a_training_continues_when_the_server_is_killed_and_restarted(path, caplog):
    """The server is killed twice, for a moment and for a second; the training sees the batches of a local loader."""
    seen, steps = [], 24

    class Trainer(gg.GANTrainer):
        def step(self, real, labels=None):
            seen.append(real.asnumpy())
            if len(seen) in (5, 14):
                process.kill()
                if len(seen) == 5:
                    restart(0)
                else:
                    timer.append(threading.Timer(1.0, restart, [0]))
                    timer[0].start()
            return super().step(real, labels)

    def restart(_):
        nonlocal process
        process = Process(path, process.port)

    timer, process = [], Process(path)
    try:
        trainer = Trainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), seed=0)
        loader = remote(process.url, 16, seed=2)
        with caplog.at_level(logging.WARNING, 'gluon_gan'):
            trainer.fit(loader, steps=steps)
        loader.close()
        timer[0].join()
    finally:
        process.kill()
    local = batches(PIXELS, 16, seed=2, augment=augment.light())
    assert trainer.steps == steps and same(seen, [batch.asnumpy() for _ in range(8) for batch in local])
    lines = [record.getMessage() for record in caplog.records]
    gone, back = (sum(text in line for line in lines) for text in ('does not answer', 'is back after'))
    assert 1 <= gone == back <= 2
    assert all(line.startswith(f'the data server {loader.url} ') for line in lines)


def test_a_second_ctrl_c_ends_a_training_that_waits_and_no_progress_is_lost(path):
    class Trainer(gg.GANTrainer):
        def step(self, real, labels=None):
            if self.steps == 3:
                process.kill()
                threading.Thread(target=press_ctrl_c_twice, daemon=True).start()
            return super().step(real, labels)

    def press_ctrl_c_twice():
        before = None
        while before != trainer.steps:         # until it waits for the server
            before = trainer.steps
            time.sleep(1)
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.3)

    with serving(path) as process:
        trainer = Trainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), seed=0)
        loader = remote(process.url, 16, prefetch=1)
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(loader, steps=50)
    assert 4 <= trainer.steps <= 6 and not trainer.mid_update
    assert loader.state() == {'epoch': trainer.steps // 3, 'batch': trainer.steps % 3}
    loader.close()


def test_a_server_that_returns_with_other_data_is_an_error(path, tmp_path):
    other = tmp_path / 'others.npy'
    np.save(other, PIXELS[:40])
    with serving(path) as process:
        loader = remote(process.url, 8, prefetch=1)
        stream = iter(loader)
        next(stream)
        process.kill()
        with serving(other, process.port):
            message = ('now serves <Served others: 40 x 28.*'
                       'but this loader was created for <Served fifty: 50 x .*serve the same')
            with pytest.raises(ValueError, match=message):
                for _ in loader:
                    pass
            with pytest.raises(ValueError, match='now serves'):          # again, instead of waiting without end
                next(iter(loader))
        loader.close()


def test_a_loader_that_waits_can_be_closed(path):
    """A loader whose server has gone is closed at once."""
    with serving(path) as process:
        loader = remote(process.url, 8, prefetch=1)
        next(iter(loader))
    time.sleep(0.2)
    since = time.monotonic()
    loader.close()
    assert time.monotonic() - since < 1


def test_a_server_that_hangs_does_not_delay_closing():
    with CannedServer([HEALTH, None]) as url:
        loader = remote(url, 8)
        threading.Thread(target=lambda: next(iter(loader)), daemon=True).start()      # waits without end
        wait_for(client_threads)
        time.sleep(0.1)
        since, thread = time.monotonic(), client_threads()[0]
        loader.close()
        assert time.monotonic() - since < 1 and not thread.is_alive()


def test_the_error_without_a_server():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    message = (f'no data server answers at http://127.0.0.1:{port} .*refused.*: '
               'start one with gluon-gan data serve FOLDER')
    with pytest.raises(ConnectionError, match=message):
        remote(f'http://127.0.0.1:{port}', patience=0.1)


def test_a_loader_waits_for_a_server_that_is_being_started(path, caplog):
    with serving(path) as process:
        port, url = process.port, process.url
    started = []
    timer = threading.Timer(0.3, lambda: started.append(Process(path, port)))
    timer.start()
    try:
        assert len(remote(url, 10)) == 5
    finally:
        timer.join()
        started[0].kill()
    gone, back = caplog.messages
    assert 'does not answer' in gone and 'is back after' in back


@pytest.mark.parametrize('arguments, message', [
    (dict(batch_size=51), 'batch_size=51 is more than the 50 images of fifty'),
    (dict(seed=-1), 'seed must be an int of at least 0'),
    (dict(seed=10 ** 18), 'seed=1000000000000000000 must be less'),
    (dict(augment='flip'),
     "augment='flip' is not available at http.*, which offers none, mirror, flips, light, quilts"),
    (dict(prefetch=0), 'prefetch must be'), (dict(batch_size=10, parts=3), 'cannot be divided'),
    (dict(ctx='cpu'), "ctx='cpu' must be"),
    (dict(patience=-1), 'patience must be'), (dict(augment=lambda batch, rng: batch), 'is not available')])
def test_bad_arguments(url, arguments, message):
    with pytest.raises(ValueError, match=message):
        remote(url, **{'batch_size': 10, **arguments})
