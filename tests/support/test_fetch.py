"""Downloads from a local server that can be made to misbehave."""
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
from gluon_gan.support import fetch

CONTENT = np.random.default_rng(0).bytes(700_000)
SHA = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    content = CONTENT
    ranges = True        # obey the header Range
    lengths = True       # send Content-Length
    cut = None           # the number of bytes after which a connection breaks
    status = None        # if given, the status of every answer
    requests = ()

    @property
    def url(self):
        return f'http://127.0.0.1:{self.server_port}/some/file.gz'


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_response(self.server.status or 200)
        self.end_headers()

    def do_GET(self):
        server, requested = self.server, self.headers.get('Range')
        server.requests.append(requested)
        if server.status:
            self.send_error(server.status)
            return
        start = int(requested[len('bytes='):-1]) if requested and server.ranges else 0
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
    """An address where no server listens."""
    with socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        yield f'http://127.0.0.1:{held.getsockname()[1]}/file.gz'


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'deep' / 'file.gz'


def left(path):
    return sorted(os.listdir(path.parent))


def test_a_complete_file(server, path):
    assert download(server.url, path, SHA, len(CONTENT)) == path
    assert path.read_bytes() == CONTENT and left(path) == ['file.gz'] and server.requests == [None]


def test_a_file_that_exists_is_not_downloaded_again(server, path):
    download(server.url, path, SHA)
    download(server.url, path, SHA)
    assert len(server.requests) == 1


def test_another_file_at_the_path_is_not_overwritten(server, path):
    path.parent.mkdir()
    path.write_bytes(b'mine')
    with pytest.raises(DownloadError, match='exists, but its sha256 is not'):
        download(server.url, path, SHA)
    assert path.read_bytes() == b'mine' and not server.requests


def test_broken_connections_are_continued(server, path):
    server.cut = 200_000
    download(server.url, path, SHA, len(CONTENT))
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, 'bytes=200000-', 'bytes=400000-', 'bytes=600000-']


def test_the_next_call_continues_after_the_last_attempt(server, path):
    server.cut = 100_000
    with pytest.raises(DownloadError, match='ended after 500000 of 700000 bytes'):
        download(server.url, path, SHA, len(CONTENT))
    assert left(path) == ['file.gz.part'] and len(server.requests) == fetch.ATTEMPTS
    server.cut = None
    download(server.url, path, SHA, len(CONTENT))
    assert server.requests[-1] == 'bytes=500000-' and path.read_bytes() == CONTENT and left(path) == ['file.gz']


def test_an_interrupted_download_is_continued(server, path, monkeypatch):
    class Interrupting(fetch.tqdm):
        def update(self, n):
            raise KeyboardInterrupt
    with monkeypatch.context() as patch:
        patch.setattr(fetch, 'tqdm', Interrupting)
        with pytest.raises(KeyboardInterrupt):
            download(server.url, path, SHA, len(CONTENT))
    assert left(path) == ['file.gz.part']
    part = path.with_name('file.gz.part').read_bytes()
    assert 0 < len(part) < len(CONTENT) and CONTENT.startswith(part)
    download(server.url, path, SHA, len(CONTENT))
    assert server.requests == [None, f'bytes={len(part)}-']
    assert path.read_bytes() == CONTENT and left(path) == ['file.gz']


def test_a_server_without_ranges_starts_from_the_beginning(server, path):
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(b'x' * 1000)
    server.ranges = False
    download(server.url, path, SHA)
    assert server.requests == ['bytes=1000-'] and path.read_bytes() == CONTENT


@pytest.mark.parametrize('begun, size, requested', [
    (b'x' * 1000, len(CONTENT), ['bytes=1000-', None]),            # the beginning of another file
    (b'x' * len(CONTENT), len(CONTENT), [None]),                   # the right length, but other content
    (b'x' * (len(CONTENT) + 1), len(CONTENT), [None]),             # too long, and the length is known
    (b'x' * (len(CONTENT) + 1), None, [f'bytes={len(CONTENT) + 1}-', None])])
def test_a_wrong_part_is_discarded(server, path, begun, size, requested):
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(begun)
    download(server.url, path, SHA, size)
    assert server.requests == requested and path.read_bytes() == CONTENT and left(path) == ['file.gz']


def test_a_complete_part_needs_no_request(server, path):
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(CONTENT)
    download(server.url, path, SHA, len(CONTENT))
    assert not server.requests and path.read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused(server, path):
    with pytest.raises(DownloadError, match='its sha256 is not 000000000000') as caught:
        download(server.url, path, '0' * 64)
    assert len(server.requests) == 1 and left(path) == []
    assert '\n' not in str(caught.value) and server.url in str(caught.value) and str(path) in str(caught.value)


def test_an_error_page_of_another_length_is_refused_before_it_is_written(server, path):
    server.content = b'<html>please log in</html>'
    path.parent.mkdir()
    path.with_name('file.gz.part').write_bytes(CONTENT[:10])
    with pytest.raises(DownloadError, match='offers 26 bytes instead of 700000'):
        download(server.url, path, SHA, len(CONTENT))
    assert path.with_name('file.gz.part').read_bytes() == CONTENT[:10]


def test_an_answer_without_content_length(server, path):
    server.lengths = False
    download(server.url, path, SHA)
    assert path.read_bytes() == CONTENT


def test_an_answer_that_is_too_long_is_cut_off(server, path):
    server.lengths, server.content = False, CONTENT * 3
    with pytest.raises(DownloadError, match='sends more than 700000 bytes'):
        download(server.url, path, SHA, len(CONTENT))


def test_a_dead_mirror_is_skipped(server, dead, path):
    download([dead, server.url], path, SHA)
    assert path.read_bytes() == CONTENT


def test_the_error_names_the_reason_for_each_mirror(server, dead, path):
    server.status = 404
    with pytest.raises(DownloadError) as caught:
        download([dead, server.url], path, SHA)
    line = str(caught.value)
    assert 'Connection refused' in line and 'HTTP 404' in line and '\n' not in line
    assert f'get {dead} by hand and put it at {path}' in line
    assert left(path) == []


def test_a_silent_host_times_out(path):
    with socket.create_server(('127.0.0.1', 0)) as silent:
        with pytest.raises(DownloadError, match='timed out'):       # without a time-out it would wait forever
            download(f'http://127.0.0.1:{silent.getsockname()[1]}/f', path, SHA, timeout=0.2)


def test_a_full_disk_is_detected_before_writing(server, path, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda folder: SimpleNamespace(free=600_000))
    with pytest.raises(DownloadError, match=r'needs \d+ MB in .* \(\d+ MB of them stay free\), where 1 MB are free'):
        download(server.url, path, SHA)
    assert left(path) == []


def test_a_read_only_folder(server, path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, 'Permission denied')
    monkeypatch.setattr(fetch, 'open', refuse, raising=False)  # root can write to a real read-only folder
    with pytest.raises(DownloadError, match=r'deep is not writable \(Permission denied\): set GLUON_GAN_DATA'):
        download(server.url, path, SHA)
    assert not server.requests


def test_a_folder_that_is_a_file(server, tmp_path):
    (tmp_path / 'deep').write_text('')
    with pytest.raises(DownloadError, match='is not writable'):
        download(server.url, tmp_path / 'deep' / 'file.gz', SHA)


@pytest.mark.parametrize('urls', [[], 'ftp://host/f', 'file:///etc/hostname'])
def test_bad_addresses_are_refused(urls, path):
    with pytest.raises(ValueError, match='is not an http or https address'):
        download(urls, path, SHA)


def test_reachable_puts_the_address_that_answers_in_front(server, dead):
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
    answer.set()                                # so that the threads end
