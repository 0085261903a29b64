"""SIGTERM and SIGHUP end all workers of a training after the same step, and save it."""
import os
import signal
from pathlib import Path

import pytest

from gluon_gan.train import checkpoint
from helpers.processes import FOR_EVER, SMALL, running, wait_until


def children(process):
    return [int(pid) for pid in Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()]


@pytest.mark.parametrize('number, status, to_all', [(signal.SIGTERM, 143, True), (signal.SIGHUP, 129, False)])
def test_a_signal_ends_all_workers_and_saves(elsewhere, number, status, to_all):
    """A cluster sends it to all processes of a job, `kill` and a closed terminal only to the first."""
    with running('train', '--workers', 2, *SMALL, *FOR_EVER, '--save-every', 10 ** 6) as process:
        history = Path('runs/mnist/history.jsonl')
        wait_until(lambda: history.exists() and history.read_text(), process)
        processes = children(process)
        assert len(processes) == 4
        for pid in [process.pid] + processes * to_all:
            os.kill(pid, number)
        output, _ = process.communicate(timeout=90)
    assert process.returncode == status and 'stopped: ' in output, output
    reached = [steps for steps, _ in checkpoint.checkpoints_in('runs/mnist/checkpoints')]
    assert len(reached) == 2 and reached[1] >= 25 and Path('runs/mnist/samples.png').exists()
    assert not any(Path(f'/proc/{pid}').exists() for pid in processes)


def test_the_processes_listen_on_the_loopback_only(elsewhere):
    with running('train', '--workers', 2, *SMALL, *FOR_EVER) as process:
        wait_until(Path('runs/mnist/history.jsonl').exists, process)
        addresses = {address for pid in children(process) for address in listening(pid)}
    assert addresses and {address.split(':')[0] for address in addresses} == {'0100007F'}, addresses


def listening(pid):
    """The addresses, in the kernel's notation, at which a process listens for TCP connections."""
    own = {os.readlink(link) for link in Path(f'/proc/{pid}/fd').iterdir() if link.is_symlink()}
    for table in ('tcp', 'tcp6'):
        for line in Path(f'/proc/{pid}/net/{table}').read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == '0A' and f'socket:[{fields[9]}]' in own:
                yield fields[1]
