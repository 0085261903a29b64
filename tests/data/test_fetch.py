"""Against a server of our own on the loopback that misbehaves on demand."""
import hashlib
import http.server
import os
import shutil
import socket
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from gluon_gan.data import DownloadError, download
from gluon_gan.data import fetch

CONTENT = np.random.default_rng(0).bytes(700_000)
SHA = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    content = CONTENT
    ranges = True        # honour Range
    lengths = True       # send Content-Length
    cut = None           # bytes after which a connection ends
    status = None        # answer everything with this
    requests = ()

    @property
    def url(self):
        return f'http://127.0.0.1:{self.server_port}/some/file.gz'


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(self.server.status or 200)
        self.end_headers()

    def do_GET(self):
        server, asked = self.server, self.headers.get('Range')
        server.requests.append(asked)
        if server.status:
            self.send_error(server.status)
            return
        start = int(asked[len('bytes='):-1]) if asked and server.ranges else 0
        if start >= len(server.content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header('Content-Range', f'bytes {start}-{len(server.content) - 1}/{len(server.content)}')
        if server.lengths:
            self.send_header('Content-Length', str(len(server.content) - start))
        self.end_headers()
        self.wfile.write(server.content[start:][:server.cut])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with Server(('127.0.0.1', 0), Handler) as running:
        running.requests = []
        thread = threading.Thread(target=running.serve_forever, kwargs={'poll_interval': 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def dead():
    """An address at which nothing listens."""
    with socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        yield f'http://127.0.0.1:{held.getsockname()[1]}/file.gz'


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'deep' / 'file.gz'


def left(path):
    return sorted(os.listdir(path.parent))


def test_whole_file(server, path):
    assert download(server.url, path, SHA, len(CONTENT)) == path
    assert path.read_bytes() == CONTENT and left(path) == ['file.gz'] and server.requests == [None]


def test_there_already(server, path):
    download(server.url, path, SHA)
    download(server.url, path, SHA)
    assert len(server.requests) == 1


def test_another_file_there_is_not_touched(server, path):
    path.parent.mkdir()
    path.write_bytes(b'mine')
    with pytest.raises(DownloadError, match='is there, but its sha256 is not'):
        download(server.url, path, SHA)
    assert path.read_bytes() == b'mine' and not server.requests


def test_cut_connections_are_continued(server, path):
    server.cut = 200_000
    download(server.url, path, SHA, len(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, 'bytes=200000-', 'bytes=400000-', 'bytes=600000-']


def test_gives_up_after_some_attempts_and_goes_on_next_time(server, path):
    server.cut = 100_000
    with pytest.raises(DownloadError, match='ended after 500000 of 700000 bytes'):
        download(server.url, path, SHA, len(CONTENT))
    assert left(path) == ['file.gz.part'] and len(server.requests) == fetch.ATTEMPTS
    server.cut = None
    download(server.url, path, SHA, len(CONTENT))
    assert server.requests[-1] == 'bytes=500000-' and path.read_bytes() == CONTENT and left(path) == ['file.gz']


def test_interrupt_leaves_the_part(server, path, monkeypatch):
    class Interrupting(fetch.tqdm):
        def update(self, n):
            raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(fetch, 'tqdm', Interrupting)
        with pytest.raises(KeyboardInterrupt):
            download(server.url, path, SHA, len(CONTENT))
    assert left(path) == ['file.gz.part']
    come = path.with_name('file.gz.part').read_bytes()
    assert 0 < len(come) < len(CONTENT) and CONTENT.startswith(come)
    download(server.url, path, SHA, len(CONTENT))
    assert server.requests == [None, f'bytes={len(come)}-'] and path.read_bytes() == CONTENT and left(path) == ['file.gz']


def test_server_without_range_starts_again(server, path):
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(b'x' * 1000)
    server.ranges = False
    download(server.url, path, SHA)
    assert server.requests == ['bytes=1000-'] and path.read_bytes() == CONTENT


@pytest.mark.parametrize('begun, size, asked', [
    (b'x' * 1000, len(CONTENT), ['bytes=1000-', None]),            # another file's beginning
    (b'x' * len(CONTENT), len(CONTENT), [None]),                   # its length, not its content
    (b'x' * (len(CONTENT) + 1), len(CONTENT), [None]),             # too long, and its length is known
    (b'x' * (len(CONTENT) + 1), None, [f'bytes={len(CONTENT) + 1}-', None])])
def test_wrong_part_is_discarded(server, path, begun, size, asked):
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(begun)
    download(server.url, path, SHA, size)
    assert server.requests == asked and path.read_bytes() == CONTENT and left(path) == ['file.gz']


def test_complete_part_needs_no_request(server, path):
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(CONTENT)
    download(server.url, path, SHA, len(CONTENT))
    assert not server.requests and path.read_bytes() == CONTENT


def test_wrong_content_is_refused(server, path):
    with pytest.raises(DownloadError, match='its sha256 is not 000000000000') as caught:
        download(server.url, path, '0' * 64)
    assert len(server.requests) == 1 and left(path) == []
    assert '\n' not in str(caught.value) and server.url in str(caught.value) and str(path) in str(caught.value)


def test_an_error_page_of_another_length_is_refused_unwritten(server, path):
    server.content = b'<html>please log in</html>'
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(CONTENT[:10])
    with pytest.raises(DownloadError, match='offers 26 bytes instead of 700000'):
        download(server.url, path, SHA, len(CONTENT))
    assert path.with_name('file.gz.part').read_bytes() == CONTENT[:10]


def test_no_content_length(server, path):
    server.lengths = False
    download(server.url, path, SHA)
    assert path.read_bytes() == CONTENT


def test_endless_answer_is_stopped(server, path):
    server.lengths, server.content = False, CONTENT * 3
    with pytest.raises(DownloadError, match='sends more than 700000 bytes'):
        download(server.url, path, SHA, len(CONTENT))


def test_dead_mirror_is_passed_over(server, dead, path):
    download([dead, server.url], path, SHA)
    assert path.read_bytes() == CONTENT


def test_all_dead(server, dead, path):
    server.status = 404
    with pytest.raises(DownloadError) as caught:
        download([dead, server.url], path, SHA)
    line = str(caught.value)
    assert 'Connection refused' in line and 'HTTP 404' in line and '\n' not in line
    assert f'get {dead} by hand and put it at {path}' in line
    assert left(path) == []


def test_silent_host_times_out(path):
    with socket.create_server(('127.0.0.1', 0)) as silent:
        with pytest.raises(DownloadError, match='timed out'):       # without a time-out this would never end
            download(f'http://127.0.0.1:{silent.getsockname()[1]}/f', path, SHA, timeout=0.2)


def test_full_disk(server, path, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda folder: SimpleNamespace(free=600_000))
    with pytest.raises(DownloadError, match=r'needs 1 MB in .* where 1 MB are free: make room'):
        download(server.url, path, SHA)
    assert left(path) == []


def test_read_only_folder(server, path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, 'Permission denied')
    monkeypatch.setattr(fetch, 'open', refuse, raising=False)  # a real read-only folder would not stop root
    with pytest.raises(DownloadError, match=r'deep cannot be written \(Permission denied\): set GLUON_GAN_DATA'):
        download(server.url, path, SHA)
    assert not server.requests


def test_folder_that_is_a_file(server, tmp_path):
    (tmp_path / 'deep').write_text('')
    with pytest.raises(DownloadError, match='cannot be written'):
        download(server.url, tmp_path / 'deep' / 'file.gz', SHA)


@pytest.mark.parametrize('urls', [[], 'ftp://host/f', 'file:///etc/hostname'])
def test_bad_address(urls, path):
    with pytest.raises(ValueError, match='no http or https address'):
        download(urls, path, SHA)


def test_reachable_puts_the_living_first(server, dead):
    assert fetch.reachable([dead, server.url]) == [server.url, dead]
    server.status = 403
    assert fetch.reachable([dead, server.url]) == []


def test_reachable_does_not_wait_for_a_silent_name_server(monkeypatch):
    answer = threading.Event()

    def hang(*args, **kwargs):
        answer.wait(60)
        raise OSError('too late')

    monkeypatch.setattr(fetch.urllib.request, 'urlopen', hang)
    assert fetch.reachable(['http://a', 'http://b'], seconds=0.2) == []
    assert not answer.is_set()
    answer.set()                                # lets the threads end
