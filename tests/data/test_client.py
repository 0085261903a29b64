"""A loader whose batches come from a server: the same as of a local one, whatever becomes of the server."""
import gc
import json
import logging
import os
import re
import signal
import socket
import threading
import time

import gluon_gan as gg
import numpy as np
import pytest

from gluon_gan.data import ImageArray, augment, batches, client, connection, remote, server

from serving import Process, serving

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 28, 28, 1), dtype=np.uint8)


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
    """Quick tries, and no thread is left by any test."""
    monkeypatch.setattr(client, 'DELAYS', (0.02, 0.1))
    yield
    if threads():
        gc.collect()
    assert not threads()


def threads():
    return [thread for thread in threading.enumerate() if thread.name == 'gluon_gan remote']


def arrays(loader):
    return [batch.asnumpy() for batch in loader]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other))


@pytest.mark.parametrize('settings', [dict(), dict(seed=7, augment='quilts', shuffle=False), dict(augment='none', drop_last=False),
                                      dict(batch_size=64, drop_last=False)])
def test_the_same_as_a_local_loader(url, settings):
    settings = {'batch_size': 16, **settings}
    local = batches(PIXELS, **{**settings, 'augment': augment.named(settings.get('augment', 'light'))})
    far = remote(url, **settings)
    assert len(far) == len(local) and far.state() == local.state()
    for epoch in range(2):
        for a, b in zip(far, local):
            assert a.dtype == np.float32 and np.array_equal(a.asnumpy(), b.asnumpy()) and far.state() == local.state()
        assert far.epoch == local.epoch == epoch + 1
    far.close()


def test_what_is_known_of_the_images(url):
    images = remote(url, 16).images
    assert (images.name, images.stand_in, images.shape, images.size, images.channels, len(images)) == ('fifty', False, (50, 28, 28, 1), 28, 1, 50)
    assert images.mark == server.describe(ImageArray(PIXELS, 'fifty'))['mark']
    assert repr(remote(url, 16)) == f'<Remote of 16 from <Served fifty: 50 x 28x28x1 uint8, {images.mark}>: 3 an epoch, at epoch 0, batch 0>'


@pytest.mark.parametrize('taken', [0, 2, 3, 5])
def test_resumed_anywhere_it_goes_on_the_same(url, taken):
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
    second.restore({'epoch': 0, 'batch': 1})               # back, with other batches fetched ahead
    assert np.array_equal(next(stream(second)).asnumpy(), (got * 2)[1])
    for loader in (whole, first, second):
        loader.close()


def test_the_parts_of_a_batch_are_the_batch(url):
    whole, *parts = [remote(url, 12)] + [remote(url, 12, part=part, parts=3) for part in range(3)]
    for batch, *shares in zip(whole, *parts):
        assert np.array_equal(batch.asnumpy(), np.concatenate([share.asnumpy() for share in shares]))
    for loader in (whole, *parts):
        loader.close()


def test_it_fetches_ahead_and_no_further(url, monkeypatch):
    asked, real = [], connection.Connection.get
    monkeypatch.setattr(connection.Connection, 'get', lambda self, target, most: (asked.append(target), real(self, target, most))[1])
    loader = remote(url, 10, prefetch=2)
    next(iter(loader))
    wait_for(lambda: len(asked) == 5)           # /health, one taken, two in the queue, one in the thread's hand
    time.sleep(0.3)
    assert len(asked) == 5 and [re.search(r'epoch=(\d+)&batch=(\d+)', target).groups() for target in asked[1:]] == [('0', str(n)) for n in range(4)]
    loader.close()


def test_no_thread_outlives_its_loader(url):
    loader = remote(url, 16)
    assert not threads()
    next(iter(loader))
    assert len(threads()) == 1
    loader.close()
    assert not threads()
    assert loader.state() == {'epoch': 0, 'batch': 1} and next(iter(loader)).shape == (16, 1, 28, 28)      # it can go on
    del loader
    gc.collect()
    assert not threads()


def wait_for(what, seconds=20):
    until = time.monotonic() + seconds
    while not what() and time.monotonic() < until:
        time.sleep(0.02)
    assert what()


def test_a_training_goes_on_when_the_server_is_killed_and_started_again(path, caplog):
    """SIGKILL twice, once for a moment and once for longer; the pictures it was trained on are those of a local loader."""
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
    said = [record.getMessage() for record in caplog.records]
    assert 1 <= len([line for line in said if 'does not answer' in line]) == len([line for line in said if 'is back after' in line]) <= 2
    assert all(line.startswith(f'the data server {loader.url} ') for line in said)


def test_the_second_ctrl_c_ends_a_training_that_waits_and_nothing_is_lost(path):
    class Trainer(gg.GANTrainer):
        def step(self, real, labels=None):
            if self.steps == 3:
                process.kill()
                for seconds in (0.5, 0.8):
                    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
            if self.steps > 3:
                time.sleep(0.1)
            return super().step(real, labels)

    with serving(path) as process:
        trainer = Trainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), seed=0)
        loader = remote(process.url, 16, prefetch=1)
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(loader, steps=50)
    assert 4 <= trainer.steps <= 6 and not trainer.halfway
    assert loader.state() == {'epoch': trainer.steps // 3, 'batch': trainer.steps % 3}
    loader.close()


def test_a_server_that_came_back_with_other_data_is_noticed(path, tmp_path):
    other = tmp_path / 'others.npy'
    np.save(other, PIXELS[:40])
    with serving(path) as process:
        loader = remote(process.url, 8, prefetch=1)
        stream = iter(loader)
        next(stream)
        process.kill()
        with serving(other, process.port):
            with pytest.raises(ValueError, match='now serves <Served others: 40 x 28.*and this loader began with <Served fifty: 50 x .*serve the same'):
                for _ in loader:
                    pass
            with pytest.raises(ValueError, match='now serves'):          # and once more, not a wait for ever
                next(iter(loader))
        loader.close()


def test_waiting_can_be_ended(path):
    """A loader whose server is gone is closed at once, and no thread remains."""
    with serving(path) as process:
        loader = remote(process.url, 8, prefetch=1)
        next(iter(loader))
    time.sleep(0.2)
    since = time.monotonic()
    loader.close()
    assert time.monotonic() - since < 1


def test_a_server_that_hangs_does_not_hold_the_end_up():
    with canned([HEALTH, None]) as url:
        loader = remote(url, 8)
        waiter = threading.Thread(target=lambda: pytest.raises(BaseException, next, iter(loader)), daemon=True)
        waiter.start()
        wait_for(threads)
        time.sleep(0.1)
        since, thread = time.monotonic(), threads()[0]
        loader.close()
        assert time.monotonic() - since < 1 and not thread.is_alive()


def test_no_server():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    with pytest.raises(ConnectionError, match=f'no data server answers at http://127.0.0.1:{port} .*refused.*: gluon-gan data serve FOLDER starts one'):
        remote(f'http://127.0.0.1:{port}', patience=0.1)


def test_it_waits_for_a_server_that_is_being_started(path, caplog):
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
    assert ['does not answer' in caplog.messages[0], 'is back after' in caplog.messages[1], len(caplog.messages)] == [True, True, 2]


@pytest.mark.parametrize('arguments, message', [
    (dict(batch_size=51), 'batch_size=51 is more than the 50 images of fifty'), (dict(seed=-1), 'seed must be an int of at least 0'),
    (dict(seed=10 ** 18), 'seed=1000000000000000000 must be less'), (dict(augment='flip'), "augment='flip' is nothing that http.* it has none, mirror, flips, light, quilts"),
    (dict(prefetch=0), 'prefetch must be'), (dict(batch_size=10, parts=3), 'cannot be divided'), (dict(ctx='cpu'), "ctx='cpu' must be"),
    (dict(patience=-1), 'patience must be'), (dict(augment=lambda batch, rng: batch), 'is nothing that')])
def test_bad_arguments(url, arguments, message):
    with pytest.raises(ValueError, match=message):
        remote(url, **{'batch_size': 10, **arguments})


@pytest.mark.parametrize('url', ['', 'x', '127.0.0.1:8765', 'ftp://127.0.0.1', 'file:///etc/passwd', 'http://', 'http://a:b', 'http://a:99999', 'http://a b',
                                 'http://a?x=1', 'http://a\r\nX: y', 'http://[', 'http://ä'])
def test_bad_urls(url):
    with pytest.raises(ValueError, match='must be the address of a data server, such as http://127.0.0.1:8765'):
        remote(url)


# --- what is no good server ---

def answer(body, status='200 OK', **headers):
    headers = {'Content-Length': len(body), **{name.replace('_', '-'): value for name, value in headers.items()}}
    return f'HTTP/1.1 {status}\r\n'.encode() + b''.join(f'{k}: {v}\r\n'.encode() for k, v in headers.items() if v is not None) + b'\r\n' + body


TOLD = json.loads(json.dumps(server.describe(ImageArray(PIXELS, 'fifty'))))
HEALTH = answer(json.dumps(TOLD).encode())
GOOD = dict(X_Shape='8,28,28,1', X_Dtype='uint8', X_Data=TOLD['mark'])
BATCH = batches(PIXELS, 8, augment=augment.light())._pixels(0, 0).tobytes()


class canned:
    """A server that gives one answer after the other, a connection each; None is silence, and the last one is repeated."""

    def __init__(self, answers):
        self.answers = answers

    def __enter__(self):
        self.listening, self.open = socket.create_server(('127.0.0.1', 0)), []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return f'http://127.0.0.1:{self.listening.getsockname()[1]}'

    def run(self):
        turn = 0
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.recv(65536)
            text = self.answers[min(turn, len(self.answers) - 1)]
            turn += 1
            if text is None:
                self.open.append(connection)
                continue
            try:
                connection.sendall(text)
            except OSError:
                pass
            connection.close()

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()
        for connection in self.open:
            connection.close()


@pytest.mark.parametrize('health, message', [
    (answer(b'<html>'), 'is no data server: its /health is no JSON object'), (answer(b'[1]'), 'is no JSON object'), (answer(b'[' * 60000), 'is no JSON object'),
    (answer(b'{}'), 'is no data server of this version'), (answer(b'x' * 70000), 'is no data server: .*with 200 and 70,000 bytes'),
    (answer(b'{}', Content_Length=10 ** 15), 'and 1,000,000,000,000,000 bytes'),
    (answer(b'gone', '404 Not Found'), 'refuses /health with 404: gone'), (answer(b'', '301 Moved', Location='http://elsewhere/'), 'refuses /health with 301'),
    (answer(json.dumps({**TOLD, 'shape': [50, -1, 28, 1]}).encode()), 'shape must be an int of at least 1, not -1'),
    (answer(json.dumps({**TOLD, 'shape': [50, 28]}).encode()), 'is no data server of this version')])
def test_what_is_no_data_server(health, message):
    with canned([health]) as url, pytest.raises(ValueError, match=message):
        remote(url)


@pytest.mark.parametrize('reply, message', [
    (answer(BATCH, **{**GOOD, 'X_Shape': '8,28,28,3'}), r'sent 6272 bytes as 8,28,28,3 uint8, and not \(8, 28, 28, 1\) uint8'),
    (answer(BATCH, **{**GOOD, 'X_Dtype': 'object'}), 'as 8,28,28,1 object'), (answer(BATCH[:-1], **GOOD), 'sent 6271 bytes'),
    (answer(BATCH, X_Data=TOLD['mark']), 'as None None'), (answer(BATCH, **GOOD, Content_Length=1 << 40), 'and 1,099,511,627,776 bytes'),
    (answer(b'{"ok": false, "error": "size must be\\nless"}', '400 Bad Request'), 'refuses /batch.* with 400: size must be less$')])
def test_a_wrong_batch_is_an_error_not_a_picture(reply, message):
    with canned([HEALTH, reply]) as url:
        loader = remote(url, 8)
        with pytest.raises(ValueError, match=message):
            next(iter(loader))
        assert loader.state() == {'epoch': 0, 'batch': 0}
        loader.close()


@pytest.mark.parametrize('hiccup', [b'', b'HTTP/1.1 200 OK\r\nContent-Le', answer(BATCH, **GOOD)[:-9],
                                    answer(BATCH, **GOOD, Content_Length=None), b'\x00\xff\r\n\r\n', answer(b'busy', '503 Busy'), answer(b'', '500 Oh')])
def test_a_hiccup_is_waited_out(hiccup, caplog):
    with canned([HEALTH, hiccup, hiccup, answer(BATCH, **GOOD), None]) as url:
        loader = remote(url, 8)
        assert gg.pixels.to_uint8(next(iter(loader))).tobytes() == BATCH
        loader.close()
    assert ['does not answer' in caplog.messages[0], 'is back after' in caplog.messages[1], len(caplog.messages)] == [True, True, 2]
