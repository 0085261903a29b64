#!/bin/sh
# pooch 1.9.0. A download that breaks off is begun again from its first byte: retry_if_failed repeats, it does not resume.
#
# What happens: a server that supports byte ranges breaks the connection after 200,000 of 700,000 bytes, twice. pooch
# deletes what has arrived, and every further attempt asks for the whole file, without a Range header. On a line that
# breaks every few minutes a large file never arrives, however many retries are allowed.
# Why a good guess is wrong: a downloader for scientific data with retries, a progress bar and checksums invites the guess
# that it continues a partial file, as wget -c, curl -C -, aria2 and the Hugging Face hub do. With the checksum known,
# continuing would be safe.
# Output seen:
#   3 requests, Range headers: [None, None, None]
#   bytes sent in all: 1,100,000 for a file of 700,000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pooch==1.9.0
cat > "$folder/try.py" <<'P'
import hashlib
import logging
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pooch

content = (bytes(range(256)) * 2735)[:700_000]
asked, sent = [], []


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.headers.get('Range'))
        start = int(asked[-1].split('=')[1].split('-')[0]) if asked[-1] else 0
        self.send_response(206 if start else 200)
        self.send_header('Accept-Ranges', 'bytes')
        self.send_header('Content-Length', str(len(content) - start))
        if start:
            self.send_header('Content-Range', f'bytes {start}-{len(content) - 1}/{len(content)}')
        self.end_headers()
        part = content[start:start + 200_000] if len(asked) < 3 else content[start:]
        self.wfile.write(part)
        sent.append(len(part))
        self.close_connection = True

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(('127.0.0.1', 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
pooch.get_logger().setLevel(logging.CRITICAL)
fetcher = pooch.create(sys.argv[1], f'http://127.0.0.1:{server.server_port}/',
                       registry={'data.bin': hashlib.sha256(content).hexdigest()}, retry_if_failed=2)
fetcher.fetch('data.bin')
print(f'{len(asked)} requests, Range headers: {asked}')
print(f'bytes sent in all: {sum(sent):,} for a file of {len(content):,}')
assert asked == [None, None, None] and sum(sent) == 1_100_000, 'pooch resumes now'
P
"$folder/venv/bin/python" "$folder/try.py" "$folder/cache"
