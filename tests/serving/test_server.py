"""The answers of the server: from its WSGI application without sockets, and over sockets, with arbitrary requests."""
import json
import random
import signal
import socket
import time

import numpy as np
import pytest

from gluon_gan.data import Batches, ImageArray, augment
from gluon_gan.data.fingerprint import fingerprint
from gluon_gan.serving import server
from helpers.serving import serving


@pytest.fixture(scope='module')
def images():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 8, 6, 3), dtype=np.uint8)
    return ImageArray(pixels, 'fifty', stand_in=True)


@pytest.fixture(scope='module')
def get(images):
    """A function ``get(path, query)`` that returns the application's status, headers and body."""
    app = server.application(images)

    def request(path, query='', method='GET'):
        started = []
        environ = {'REQUEST_METHOD': method, 'PATH_INFO': path, 'QUERY_STRING': query}
        body = b''.join(app(environ, lambda *args: started.extend(args)))
        status, headers = started
        assert int(dict(headers)['Content-Length']) == len(body)
        return int(status.split()[0]), dict(headers), body
    return request


def decode(headers, body):
    assert headers['X-Dtype'] == 'uint8'
    return np.frombuffer(body, np.uint8).reshape([int(side) for side in headers['X-Shape'].split(',')])


@pytest.mark.parametrize('name', list(augment.AUGMENTATIONS))
@pytest.mark.parametrize('shuffle', [True, False])
def test_the_batches_are_bit_for_bit_those_of_a_loader(images, get, name, shuffle):
    loader = Batches(images, 8, shuffle, seed=5, augment=augment.named(name), drop_last=False)
    settings = f'size=8&seed=5&augment={name}&shuffle={int(shuffle)}'
    for epoch, number in ((0, 0), (3, 2), (3, 6), (1, 0)):           # in any order, because the server has no state
        status, headers, body = get('/batch', f'{settings}&epoch={epoch}&batch={number}')
        assert status == 200 and (decode(headers, body) == loader._pixels(epoch, number)).all()
    _, headers, body = get('/batch', f'size=8&batch=6&augment={name}')
    assert decode(headers, body).shape == (2, 8, 6, 3)         # the rest of 50


def test_health(images, get):
    status, headers, body = get('/health')
    health = json.loads(body)
    assert status == 200 and headers['Content-Type'] == 'application/json'
    assert health == {'ok': True, 'name': 'fifty', 'stand_in': True, 'shape': [50, 8, 6, 3], 'mark': health['mark'],
                      'fingerprint': fingerprint(images), 'most_bytes': 64 << 20,
                      'augment': ['none', 'mirror', 'flips', 'light', 'quilts']}
    assert get('/batch')[1]['X-Data'] == health['mark']
    assert get('/batch')[1]['X-Shape'] == '50,8,6,3'         # the default is 64, but there are only 50 images


@pytest.mark.parametrize('other', [
    lambda pixels: ImageArray(pixels, 'fifty-one', True), lambda pixels: ImageArray(pixels, 'fifty'),
    lambda pixels: ImageArray(255 - pixels, 'fifty', True), lambda pixels: ImageArray(pixels[:49], 'fifty', True),
    lambda pixels: ImageArray(pixels.reshape(50, 6, 8, 3), 'fifty', True)])
def test_other_data_has_another_mark(images, other):
    mark = server.describe(images)['mark']
    assert mark == server.describe(ImageArray(images.images.copy(), 'fifty', True))['mark']
    assert mark != server.describe(other(images.images))['mark']


QUERIES = [
    'size=0', 'size=-1', 'size=466034', 'size=999999999999999999', 'size=1e1', 'size=4.0', 'size=', 'size=%00',
    'size=+4', 'size=1_0', 'size=٤', 'size=%D9%A4', 'size=0x8', 'size=4&size=5', 'size=4&size=4', 'size=4&colour=1',
    'size=4&', '&', '=', 'size', '==', '%', 'size=4;seed=1', 'size=4&batch=13', 'size=4&batch=-1',
    'size=4&batch=1000000000000000000', 'size=4&seed=' + '9' * 400, 'size=nan', 'size=inf', 'size=4&epoch=-0',
    'size=4&shuffle=2', 'size=4&shuffle=true', 'size=4&augment=', 'size=4&augment=none%00', 'size=4&augment=../light',
    'size=4&augment=__import__', 'size=4&x=' + 'a' * 600, '%FF=%FE', 'path=/etc/passwd', 'size=4&seed=None']


@pytest.mark.parametrize('query', QUERIES)
def test_bad_queries_are_refused(get, query):
    refused(*get('/batch', query))


@pytest.mark.parametrize('path', [
    '/', '', '/batch/', '//batch', '/Batch', '/batch/1', '/health/', '/../../etc/passwd', '/batch/../../etc/passwd',
    '/%2e%2e/etc/passwd', '/\x00', '/health\x00', '/batch\n', '/' + 'a' * 3000, 'http://x/health', '*'])
def test_there_are_two_paths_and_no_files(get, path):
    assert refused(*get(path))[0] == 404


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'get', ''])
def test_other_methods_are_refused(get, method):
    status, headers, body = get('/health', method=method)
    assert refused(status, headers, body)[0] == 405 and headers['Allow'] == 'GET'
    assert get('/health', method='HEAD')[::2] == (405, b'')


def refused(status, headers, body):
    answer = json.loads(body)
    assert 400 <= status < 500 and headers['Content-Type'] == 'application/json'
    assert body.count(b'\n') == 1 and answer['ok'] is False and answer['error'] and len(body) < 300
    return status, answer


def test_the_size_of_a_batch_is_limited(monkeypatch, get):
    monkeypatch.setattr(server, 'MOST_BYTES', 1000)
    assert 'size must be from 1 to 6' in refused(*get('/batch', 'size=7'))[1]['error']
    assert get('/batch', 'size=6')[0] == 200


def test_pages_of_a_memory_mapped_array_are_released(images, monkeypatch):
    released = []
    monkeypatch.setattr(server, 'release_pages', released.append)
    monkeypatch.setattr(server, 'RELEASE_AFTER', 3 * 8 * 6 * 3)
    app = server.application(images)
    for number in range(9):
        environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/batch', 'QUERY_STRING': f'size=1&batch={number}'}
        app(environ, lambda *args: None)
    assert len(released) == 2 and released[0] is images.images


# --- over sockets ---

@pytest.fixture(scope='module')
def process(images, tmp_path_factory):
    path = tmp_path_factory.mktemp('served') / 'fifty.npy'
    np.save(path, images.images)
    with serving(path) as process:
        yield process
        assert process.alive()
        status, output = process.kill(signal.SIGINT)
        assert status == 0 and 'Traceback' not in output and len(output) < 300, output


def send(port, request, wait=5.0):
    """Send a request, and return the answer: all bytes until the server closes the connection or the time-out."""
    with socket.create_connection(('127.0.0.1', port), timeout=wait) as connection:
        received = b''
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                received += part
        except OSError:
            pass          # the server may close the connection
    return received


def split(answer):
    head, body = answer.split(b'\r\n\r\n', 1)
    lines = head.decode('latin-1').split('\r\n')
    return int(lines[0].split()[1]), dict(line.split(': ', 1) for line in lines[1:]), body


def healthy(process):
    status, _, body = split(send(process.port, b'GET /health HTTP/1.0\r\n\r\n'))
    return process.alive() and status == 200 and json.loads(body)['ok']


BAD = [
    b'GET /../../etc/passwd HTTP/1.1\r\n', b'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n',
    b'GET /health%00 HTTP/1.1\r\n', b'GET /\x00 HTTP/1.1\r\n', b'GET /batch?size=-5 HTTP/1.1\r\n',
    b'GET /batch?size=1e9 HTTP/1.1\r\n', b'GET /batch?size=99999999999999999999999 HTTP/1.1\r\n',
    b'GET http://[ HTTP/1.1\r\n', b'GET /x HTTP/9.9\r\n', b'GET\r\n', b'\xff\xfe\xfd\r\n',
    b'get /health http/1.1\r\n', b'POST /batch HTTP/1.1\r\nContent-Length: 5\r\n',
    b'GET /health HTTP/1.1\r\nContent-Length: 99999999999\r\n', b'GET /health HTTP/1.1\r\nContent-Length: -1\r\n',
    b'GET /health HTTP/1.1\r\nContent-Length: ' + b'9' * 3900 + b'\r\n',
    b'GET /health HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n',
    b'POST /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n', b'GET /health HTTP/1.1\r\nno colon\r\n',
    b'GET /health HTTP/1.1\r\n: x\r\n', b'GET /health HTTP/1.1\r\nX: ' + b'a' * 5000 + b'\r\n',
    b'GET /' + b'a' * 5000 + b' HTTP/1.1\r\n', b'GET /batch?' + b'a' * 3000 + b' HTTP/1.1\r\n',
    b'DELETE /health HTTP/1.1\r\n', b'HELO me\r\n']


@pytest.mark.parametrize('request_', BAD, ids=range(len(BAD)))
def test_a_malformed_request_is_refused_in_one_line(process, request_):
    body = b'5\r\nhello\r\n0\r\n\r\n' if b'chunked' in request_ else b''
    answer = send(process.port, request_ + b'\r\n' + body)
    refused(*split(answer))
    assert b'root:' not in answer and healthy(process)


def test_an_endless_request_is_cut_off(process):
    answer = send(process.port, b'GET /health HTTP/1.1\r\nX: ' + b'a' * (8 << 20))
    assert (not answer or split(answer)[0] == 431) and healthy(process)


def test_an_unknown_transfer_encoding_is_not_implemented(process):
    status, _, body = split(send(process.port, b'GET /health HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n'))
    assert status == 501 and json.loads(body)['ok'] is False and healthy(process)


def test_the_server_listens_only_on_the_loopback(process):
    assert process.url.startswith('http://127.0.0.1:')
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {'127.0.0.1'}
    for other in others:
        with pytest.raises(OSError):
            socket.create_connection((other, process.port), timeout=2).close()


def test_silent_connections_do_not_block_others(process):
    silent = [socket.create_connection(('127.0.0.1', process.port)) for _ in range(40)]
    for connection in silent[::2]:
        connection.sendall(b'GET /health HTT')
    assert healthy(process)
    for connection in silent:
        connection.close()
    assert healthy(process)


PIECES = [
    b'GET', b'POST', b'HEAD', b' ', b'/batch', b'/health', b'?', b'&', b'=', b'size=4', b'seed', b'epoch=1', b'batch=2',
    b'augment=quilts', b'shuffle=0', b'-1', b'1e9', b'9' * 30, b'%2e%2e/', b'../', b'%00', b'\x00', b'\xff', b'%',
    b' HTTP/1.1', b' HTTP/1.0', b'\r\n', b'\r\n\r\n', b'\n', b'\r', b'Host: x', b'Content-Length: ',
    b'Transfer-Encoding: chunked', b'Connection: keep-alive', b'Expect: 100-continue', b': ', b'a' * 500, b'http://[',
    b'//', b'#', b';', b'\t']


def fuzz(rng):
    """A random request: random bytes, random pieces of requests, or a valid request with a few changes."""
    kind = rng.random()
    if kind < 0.2:
        return rng.randbytes(rng.randrange(1, 300))
    if kind < 0.6:
        return b''.join(rng.choices(PIECES, k=rng.randrange(1, 25))) + b'\r\n\r\n' * rng.randrange(2)
    request = bytearray(b'GET /batch?size=4&seed=1&epoch=2&batch=3&augment=light HTTP/1.1\r\nHost: x\r\n\r\n')
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(request))
        request[place:place + rng.randrange(3)] = rng.choice([rng.randbytes(1), rng.choice(PIECES), b''])
    return bytes(request)


def test_fuzz(process):
    """Every answer is a batch, a health or a refusal; the server has no internal error and survives."""
    seed = random.SystemRandom().randrange(10 ** 6)
    print(f'seed {seed}')
    rng, until, answers, sent = random.Random(seed), time.monotonic() + 2, {}, 0
    while time.monotonic() < until:
        request, sent = fuzz(rng), sent + 1
        answer = send(process.port, request)
        if answer.startswith(b'HTTP/1.'):
            status = int(answer.split(None, 2)[1])
            assert status in (100, 200, 501) or 400 <= status < 500, (request, answer)
            answers[status] = answers.get(status, 0) + 1
        else:
            assert not answer, (request, answer)         # the request was incomplete
    print(sent, answers)
    assert healthy(process) and sent > 50 and {200, 400, 404} <= set(answers)
