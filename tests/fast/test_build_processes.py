"""The compilation in several processes, and processes that are ended while they compile."""
import os
import shlex
import signal
import sys

import pytest

from gluon_gan.fast import build


def gate(tmp_path):
    """A named pipe, and lines of shell that write 'started' and then wait for a minute, in two processes.

    The pipe ends when both processes have ended. If they end by themselves, they write 'survived'.
    """
    path = tmp_path / 'gate'
    os.mkfifo(path)
    wait = '(sleep 60; echo survived >&9); echo survived >&9'
    return path, f'exec 9>{shlex.quote(str(path))}; echo started $$ >&9; {wait}'


def test_a_compiler_that_hangs_is_ended_with_its_processes(machine, monkeypatch, tmp_path):
    monkeypatch.setattr(build, 'PATIENCE', 1)
    path, body = gate(tmp_path)
    machine.compiler(body)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(build.Unavailable, match='it took longer than 1 s'):
        build.library()
    assert os.listdir(machine.cache) == []
    os.set_blocking(descriptor, True)
    with open(descriptor) as pipe:
        assert pipe.read().split()[::2] == ['started']


def test_ctrl_c_ends_the_compiler_and_leaves_nothing(machine, tmp_path):
    path, body = gate(tmp_path)
    machine.compiler(body)
    with machine.process() as process, open(path) as pipe:
        assert pipe.readline().startswith('started')
        process.send_signal(signal.SIGINT)
        assert pipe.read() == '', 'the compiler and its processes have ended'
        assert 'KeyboardInterrupt' in process.communicate(timeout=60)[1]
    assert process.returncode and os.listdir(machine.cache) == []


@pytest.mark.skipif(sys.platform != 'linux', reason='other systems do not signal the end of a parent')
@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_is_killed_leaves_nothing_that_is_used(machine, tmp_path, number):
    path, body = gate(tmp_path)
    machine.compiler(body)
    with machine.process() as process, open(path) as pipe:
        assert pipe.readline().startswith('started')
        process.send_signal(number)
        process.communicate()
        assert pipe.read() == '', 'the compiler and its processes have ended'
    left, = os.listdir(machine.cache)
    assert left.startswith('.') and left.endswith('.tmp')
    machine.compiler()
    made = build.library()
    assert made.parent.name != left and len(machine.compilations()) == 2
    os.utime(machine.cache / left, (0, 0))
    machine.compiler(name='another')
    build.library()
    assert len(os.listdir(machine.cache)) == 2 and left not in os.listdir(machine.cache)


def test_two_processes_at_once(machine):
    machine.compiler('while [ "$(wc -l <CALLS)" -lt 2 ]; do sleep 0.05; done')
    with machine.process() as one, machine.process() as two:
        said = [process.communicate(timeout=120) for process in (one, two)]
    assert one.returncode == two.returncode == 0, said
    assert len(machine.compilations()) == 2 and said[0] == said[1]
    path = build.library()
    assert said[0][0].strip() == str(path) and len(machine.compilations()) == 2
    assert os.listdir(machine.cache) == [path.parent.name]
