"""Training in several real processes. When one of them is killed or hangs, all others end."""
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from gluon_gan import distributed
from helpers import work

WORK = Path(__file__).parents[1] / 'helpers' / 'work.py'
STEPS = 10 ** 6          # more than any test waits for


@pytest.fixture
def start(tmp_path):
    """A function ``start(job, steps, workers=None, **environment)`` that starts a process.

    Its output can be read. All processes are killed at the end of the test.
    """
    processes = []

    def start(job, steps, workers=None, **environment):
        words = [sys.executable, '-W', 'ignore', WORK, job, tmp_path, steps] + [workers] * bool(workers)
        environment = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path), 'OMP_NUM_THREADS': '1', **environment}
        process = subprocess.Popen([str(word) for word in words], env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, 'it took too long'
        time.sleep(0.05)


def pid(folder, name):
    return int((folder / f'pid-{name}').read_text())


def running(folder):
    """The processes of a job that are still running."""
    return [path.name for path in folder.glob('pid-*') if Path(f'/proc/{path.read_text()}').exists()]


def test_two_workers_equal_one_process_with_the_effective_batch(start, tmp_path):
    """The weights are compared after 20 steps of Adam on real digits, with a tolerance for the order of summation."""
    job = start('train', 20, workers=2)
    out, _ = job.communicate(timeout=100)
    assert job.returncode == 0
    assert out == ('worker 1 and worker 0 differ in settings, data or checkpoint: '
                   'start all workers with the same ones\n')
    (tmp_path / 'alone').mkdir()
    work.train(tmp_path / 'alone', 20)
    first, second, alone = (dict(np.load(tmp_path / name)) for name in ('0.npz', '1.npz', 'alone/0.npz'))
    assert len(alone) == 14
    for name in alone:
        assert np.array_equal(first[name], second[name]), name
        np.testing.assert_allclose(first[name], alone[name], rtol=0, atol=1e-6, err_msg=name)


def test_two_workers_with_a_penalty_equal_one_process(start, tmp_path):
    """Random points and dragan's standard deviation are those of the effective batch."""
    job = start('penalise', 6, workers=2)
    out, _ = job.communicate(timeout=200)
    assert job.returncode == 0, out
    (tmp_path / 'alone').mkdir()
    work.penalise(tmp_path / 'alone', 6)
    first, second, alone = (dict(np.load(tmp_path / name)) for name in ('0.npz', '1.npz', 'alone/0.npz'))
    assert len(alone) == 6 * 14
    for name in alone:
        assert np.array_equal(first[name], second[name]), name
        np.testing.assert_allclose(first[name], alone[name], rtol=0, atol=1e-6, err_msg=name)


@pytest.mark.parametrize('victim, workers, line', [
    ('worker-1', 2, 'gluon-gan: worker 1 was killed by SIGKILL, so this training ends'),
    ('server-0', 1, 'gluon-gan: server was killed by SIGKILL'),
    ('scheduler-0', 1, 'gluon-gan: scheduler was killed by SIGKILL'),
])
def test_when_a_process_is_killed_the_others_end_with_one_line(start, tmp_path, victim, workers, line):
    job = start('beat', STEPS, workers)
    wait_until((tmp_path / 'alive-0').exists)
    os.kill(pid(tmp_path, victim), signal.SIGKILL)
    out, _ = job.communicate(timeout=10)
    assert job.returncode == 1 and out.startswith(line) and out.count('\n') == 1
    assert running(tmp_path) == []


def test_no_process_outlives_a_killed_launcher(start, tmp_path):
    job = start('beat', STEPS, workers=1)
    wait_until((tmp_path / 'alive-0').exists)
    assert len(running(tmp_path)) == 4
    assert not (tmp_path / 'unpickled').exists()
    job.kill()
    job.communicate()
    wait_until(lambda: running(tmp_path) == [], seconds=10)


def test_without_a_launcher_all_processes_end_when_one_hangs(start, tmp_path):
    """This is the case on several machines, where a process knows the others only by their heartbeats."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    roles = ('scheduler', 'server', 'worker', 'worker')
    common = dict(DMLC_PS_ROOT_URI='127.0.0.1', DMLC_PS_ROOT_PORT=port, DMLC_NUM_SERVER='1', DMLC_NUM_WORKER='2')
    processes = [start('beat', STEPS, DMLC_ROLE=role, PS_HEARTBEAT_TIMEOUT='2', **common) for role in roles]
    wait_until((tmp_path / 'alive-0').exists)
    hanging = processes.pop()
    hanging.send_signal(signal.SIGSTOP)
    output = [process.communicate(timeout=30)[0] for process in processes]
    assert [process.returncode for process in processes] == [1, 1, 1]
    assert output[0].startswith('gluon-gan: scheduler: worker ')
    assert ' died or hangs (silent for 2 s): this training ends' in output[0]
    assert output[1] == 'gluon-gan: server: the scheduler died or hangs (silent for 2 s): this training ends\n'
    assert output[2].startswith('gluon-gan: worker ') and ': the scheduler died or hangs' in output[2]


@pytest.mark.parametrize('changes, message', [
    (dict(DMLC_ROLE='boss'), "DMLC_ROLE must be one of scheduler, server, worker, not 'boss'"),
    (dict(DMLC_PS_ROOT_URI=''), 'DMLC_ROLE is worker, so DMLC_PS_ROOT_URI must be set too'),
    (dict(DMLC_NUM_SERVER='0'), "DMLC_NUM_SERVER must be a number of at least 1, not '0'"),
    (dict(DMLC_PS_ROOT_PORT='http'), "DMLC_PS_ROOT_PORT must be a number of at least 1, not 'http'"),
    (dict(PS_HEARTBEAT_TIMEOUT='soon'), "PS_HEARTBEAT_TIMEOUT must be a number of at least 1, not 'soon'"),
])
def test_an_invalid_environment_is_refused(monkeypatch, changes, message):
    good = dict(DMLC_ROLE='worker', DMLC_PS_ROOT_URI='127.0.0.1', DMLC_PS_ROOT_PORT='9000', DMLC_NUM_SERVER='1',
                DMLC_NUM_WORKER='2')
    for name, value in good.items():
        monkeypatch.setenv(name, value)
    assert distributed.role() == 'worker'
    with pytest.raises(ValueError, match='--workers 3 and DMLC_NUM_WORKER=2 disagree'), distributed.member(3):
        pass
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=message):
        distributed.role()


def test_a_single_process_has_no_cluster(monkeypatch):
    monkeypatch.delenv('DMLC_ROLE', raising=False)
    with distributed.member() as cluster:
        assert cluster is None
    assert distributed.leave(3) == 3
