"""Malformed requests and idle connections to a data server, while a client trains from it."""
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from urllib.request import urlopen

import numpy as np

import gluon_gan as gg

from .forks import Forks
from .interruptions import compare_runs

IDLE, THREADS, PATIENCE = 50, 4, 10
TRAIN = 'train --preset mnist --steps 400 --batch-size 8 --ngf 4 --ndf 4 --nz 8 --save-every 50'.split()


def attack(folder, count, rng, variables):
    """Send ``count`` malformed requests, and hold 50 idle connections, during a training."""
    np.save(folder / 'digits.npy', gg.data.mnist(download=False).images[:2000])
    with subprocess.Popen([sys.executable, '-m', 'gluon_gan', 'data', 'serve', 'digits.npy', '--port', '0'], cwd=folder,
                          env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        idle = []
        try:
            url = server.stdout.readline().split(' at ')[1].split(';')[0]
            port = int(url.rsplit(':', 1)[1])
            with Forks(folder, variables) as forks:
                status, output = forks.run(*TRAIN, '--data', url, '--name', 'whole')
                assert not status, output
                idle += [socket.create_connection(('127.0.0.1', port), PATIENCE) for _ in range(IDLE)]
                answers, attackers = Counter(), []
                for number in range(THREADS):
                    share = count // THREADS + (number < count % THREADS)
                    requests = [malformed(rng) for _ in range(share)]
                    attackers.append(threading.Thread(target=_send, args=(port, requests, answers)))
                since = time.perf_counter()
                for attacker in attackers:
                    attacker.start()
                status, output = forks.run(*TRAIN, '--data', url, '--name', 'parts')
                during = sum(answers.values())
                for attacker in attackers:
                    attacker.join()
                seconds = round(time.perf_counter() - since, 1)
            healthy = b'"ok"' in urlopen(f'{url}/health', timeout=PATIENCE).read()
            different, left_over = compare_runs(folder / 'runs' / 'whole', folder / 'runs' / 'parts')
            alive = server.poll() is None
        finally:
            for connection in idle:
                connection.close()
            server.kill()
    answers = dict(sorted(answers.items()))
    print(f'  {sum(answers.values()):,} requests in {seconds} s: '
          + ', '.join(f'{number:,} {answer}' for answer, number in answers.items()), flush=True)
    print(f'  the client ended with status {status}, {len(different)} files differ; server alive: {alive}', flush=True)
    failures = sum(number for answer, number in answers.items() if answer.startswith('5') or answer == 'no answer')
    ok = not (status or different or left_over or failures) and alive and healthy
    return {'ok': ok, 'requests': sum(answers.values()), 'during_training': during, 'idle': IDLE,
            'answers': answers, 'seconds_of_attack': seconds, 'client_status': status,
            'different': len(different), 'server_alive': alive and healthy}


def malformed(rng):
    """bytes: a request that the server must refuse, cut or strange."""
    word = ''.join(rng.choices('abcxyz019.%&=-_', k=rng.randrange(1, 30)))
    noise = rng.randbytes(rng.randrange(1, 200))
    return rng.choice([
        f'GET /batch?size={word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode(),
        f'GET /batch?seed=-{rng.randrange(10 ** 9)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode(),
        f'GET /batch?batch={"9" * rng.randrange(1, 400)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode(),
        f'GET /{word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode(),
        f'POST /batch HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\n{word[:4]}'.encode(),
        f'{word.upper()} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode(),
        b'GET / HTTP/9.9\r\nX: ' + noise.replace(b'\n', b'') + b'\r\nConnection: close\r\n\r\n',
        b'GET /health HTTP/1.1\r\n' + b'A' * rng.randrange(1, 6000) + b': b\r\n\r\n',
        noise,
        noise + b'\r\n\r\n',
    ])


def _send(port, requests, answers):
    """Send each request on a connection of its own, and count the answers by their first digit."""
    for request in requests:
        try:
            with socket.create_connection(('127.0.0.1', port), PATIENCE) as connection:
                connection.sendall(request)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(64)
        except TimeoutError:
            answers['no answer'] += 1
            continue
        except OSError:
            answer = b''
        words = answer.split()
        known = len(words) > 1 and words[0].startswith(b'HTTP/') and words[1].isdigit()
        answers[f'{chr(words[1][0])}xx' if known else 'closed'] += 1
