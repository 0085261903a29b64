"""Servers that are not data servers, and answers that are wrong or incomplete."""
import gc
import json

import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.data import ImageArray, augment, batches
from gluon_gan.serving import client, remote, server
from helpers.serving import CannedServer, answer, client_threads

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 28, 28, 1), dtype=np.uint8)
DESCRIPTION = json.loads(json.dumps(server.describe(ImageArray(PIXELS, 'fifty'))))
HEALTH = answer(json.dumps(DESCRIPTION).encode())
GOOD = dict(X_Shape='8,28,28,1', X_Dtype='uint8', X_Data=DESCRIPTION['mark'])
BATCH = batches(PIXELS, 8, augment=augment.light())._pixels(0, 0).tobytes()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Make retries quick, and check that no thread is left by any test."""
    monkeypatch.setattr(client, 'DELAYS', (0.02, 0.1))
    yield
    if client_threads():
        gc.collect()
    assert not client_threads()


@pytest.mark.parametrize('url', [
    '', 'x', '127.0.0.1:8765', 'ftp://127.0.0.1', 'file:///etc/passwd', 'http://', 'http://a:b', 'http://a:99999',
    'http://a b', 'http://a?x=1', 'http://a\r\nX: y', 'http://[', 'http://ä'])
def test_bad_urls_are_refused(url):
    with pytest.raises(ValueError, match='must be the address of a data server, such as http://127.0.0.1:8765'):
        remote(url)


@pytest.mark.parametrize('health, message', [
    (answer(b'<html>'), 'is not a data server: its /health is not a JSON object'),
    (answer(b'[1]'), 'is not a JSON object'), (answer(b'[' * 60000), 'is not a JSON object'),
    (answer(b'{}'), 'is not a data server of this version'),
    (answer(b'x' * 70000), 'is not a data server: .*with 200 and 70,000 bytes'),
    (answer(b'{}', Content_Length=10 ** 15), 'and 1,000,000,000,000,000 bytes'),
    (answer(b'gone', '404 Not Found'), 'refuses /health with 404: gone'),
    (answer(b'', '301 Moved', Location='http://elsewhere/'), 'refuses /health with 301'),
    (answer(json.dumps({**DESCRIPTION, 'shape': [50, -1, 28, 1]}).encode()),
     'shape must be an int of at least 1, not -1'),
    (answer(json.dumps({**DESCRIPTION, 'shape': [50, 28]}).encode()), 'is not a data server of this version')])
def test_other_servers_are_refused(health, message):
    with CannedServer([health]) as url, pytest.raises(ValueError, match=message):
        remote(url)


@pytest.mark.parametrize('reply, message', [
    (answer(BATCH, **{**GOOD, 'X_Shape': '8,28,28,3'}),
     r'sent 6272 bytes as 8,28,28,3 uint8, not \(8, 28, 28, 1\) uint8'),
    (answer(BATCH, **{**GOOD, 'X_Dtype': 'object'}), 'as 8,28,28,1 object'),
    (answer(BATCH[:-1], **GOOD), 'sent 6271 bytes'),
    (answer(BATCH, X_Data=DESCRIPTION['mark']), 'as None None'),
    (answer(BATCH, **GOOD, Content_Length=1 << 40), 'and 1,099,511,627,776 bytes'),
    (answer(b'{"ok": false, "error": "size must be\\nless"}', '400 Bad Request'),
     'refuses /batch.* with 400: size must be less$')])
def test_a_wrong_batch_is_an_error(reply, message):
    with CannedServer([HEALTH, reply]) as url:
        loader = remote(url, 8)
        with pytest.raises(ValueError, match=message):
            next(iter(loader))
        assert loader.state() == {'epoch': 0, 'batch': 0}
        loader.close()


@pytest.mark.parametrize('incomplete', [
    b'', b'HTTP/1.1 200 OK\r\nContent-Le', answer(BATCH, **GOOD)[:-9], answer(BATCH, **GOOD, Content_Length=None),
    b'\x00\xff\r\n\r\n', answer(b'busy', '503 Busy'), answer(b'', '500 Oh')])
def test_an_incomplete_answer_is_retried(incomplete, caplog):
    with CannedServer([HEALTH, incomplete, incomplete, answer(BATCH, **GOOD), None]) as url:
        loader = remote(url, 8)
        assert gg.pixels.to_uint8(next(iter(loader))).tobytes() == BATCH
        loader.close()
    gone, back = caplog.messages
    assert 'does not answer' in gone and 'is back after' in back
