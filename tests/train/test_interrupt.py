"""SIGTERM, SIGHUP and Ctrl-C end a training in good order: in a script, and in real processes of the command line."""
import os
import pty
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

import mxnet as mx
import pytest

import gluon_gan as gg
from gluon_gan.support import signals, storage
from gluon_gan.train import Callback, Checkpoint, checkpoint
from helpers.processes import FOR_EVER, SMALL, running, wait_until
from helpers.small_trainings import loader, same, state, trainer


class Send(Callback):
    """Send signals to this process in step 3, or at the end."""

    def __init__(self, *numbers, at_end=False):
        self.numbers, self.at_end = numbers, at_end

    def send(self):
        for number in self.numbers:
            os.kill(os.getpid(), number)

    def on_step(self, trainer):
        if trainer.steps == 3 and not self.at_end:
            self.send()

    def on_end(self, trainer):
        if self.at_end:
            self.send()


@pytest.mark.parametrize('numbers', [
    (signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGINT,),
    (signal.SIGHUP, signal.SIGHUP, signal.SIGTERM)])      # a shell and the kernel both send one
def test_a_signal_finishes_the_step_and_saves_it(tmp_path, numbers):
    before = [signal.getsignal(number) for number in signals.ENDING]
    gan = trainer()
    with pytest.raises(SystemExit) if numbers[0] != signal.SIGINT else nullcontext() as ended:
        gan.fit(loader(), steps=100, callbacks=[Send(*numbers), Checkpoint(tmp_path)])
    assert numbers[0] == signal.SIGINT or ended.value.code == 128 + numbers[0]
    assert gan.interrupted and gan.steps == 3 and gan.stopped_by == numbers[0]
    assert [signal.getsignal(number) for number in signals.ENDING] == before
    assert same(state(gg.GANTrainer.load(tmp_path / 'last', ctx=mx.cpu())), state(gan))
    gan.fit(gan.loader, steps=5)
    assert not gan.interrupted and gan.stopped_by is None and gan.steps == 5


def test_handlers_of_the_program_are_left_alone():
    received, before = [], signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    hangup = signal.signal(signal.SIGHUP, signal.SIG_IGN)         # as nohup does
    try:
        gan = trainer()
        gan.fit(loader(), steps=5, callbacks=[Send(signal.SIGTERM, signal.SIGHUP)])
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGHUP, hangup)
    assert received == [signal.SIGTERM] and gan.steps == 5 and not gan.interrupted


def test_a_signal_after_the_last_step_is_not_lost(tmp_path):
    """Otherwise a loop of trainings would go on after Ctrl-C."""
    gan = trainer()
    with pytest.raises(KeyboardInterrupt):
        gan.fit(loader(), steps=2, callbacks=[Checkpoint(tmp_path), Send(signal.SIGINT, at_end=True)])
    assert gan.steps == 2 and (tmp_path / 'step-0000002.npz').exists()


def test_a_signal_that_python_lost_ends_the_next_training(monkeypatch):
    monkeypatch.setattr(sys, 'unraisablehook', lambda unraisable: None)

    class Array:
        def __del__(self):           # as MXNet's arrays have it: an exception in it is printed and lost
            os.kill(os.getpid(), signal.SIGINT)

    gan = trainer()
    with pytest.raises(KeyboardInterrupt), signals.raised():
        Array()
        gan.fit(loader(), steps=5)
    assert gan.steps == 0


def steps(name):
    return [steps for steps, _ in checkpoint.checkpoints_in(f'runs/{name}/checkpoints')]


def arrays(name):
    return {name: array.tobytes() for name, array in storage.read(checkpoint.file_of(f'runs/{name}'))[0].items()}


@pytest.mark.parametrize('words, number, status', [
    (SMALL, signal.SIGTERM, 143), (SMALL, signal.SIGHUP, 129), (SMALL, signal.SIGINT, 0),
    (('--task', 'translate', '--size', '16', '--ngf', '2', '--ndf', '2', '--decay', '1'), signal.SIGTERM, 143)])
def test_a_training_of_the_command_line_saves_its_last_step(elsewhere, words, number, status):
    with running('train', '--name', 'parts', *words, *FOR_EVER, '--save-every', 10 ** 6) as process:
        wait_until(lambda: len(list(Path('runs/parts').rglob('history.jsonl'))) and
                   Path('runs/parts/history.jsonl').read_text(), process)
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == status, output
    assert '\nstopped: ' in output and 'Traceback' not in output
    reached = steps('parts')[-1]
    assert reached >= 25 and f'stopped: {reached} steps' in output and steps('parts') == [0, reached]
    assert Path('runs/parts/samples.png').exists()
    if status == 143 and words is SMALL:          # resumed, it equals a training that was not interrupted
        for start in (['--resume', 'runs/parts'], ['--name', 'whole', *SMALL]):
            with running('train', *start, '--steps', reached + 2) as process:
                assert process.wait(timeout=90) == 0
        assert arrays('parts') == arrays('whole')


def test_a_closed_terminal_loses_nothing(elsewhere):
    own, terminal = pty.openpty()

    def take_terminal():
        import fcntl
        import termios
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with running('train', '--name', 'parts', *SMALL, *FOR_EVER, '--save-every', 10 ** 6, stdin=terminal,
                 stdout=terminal, stderr=terminal, preexec_fn=take_terminal) as process:
        os.close(terminal)
        wait_until(lambda: Path('runs/parts/history.jsonl').exists() and
                   Path('runs/parts/history.jsonl').read_text(), process)
        os.close(own)                                   # the kernel sends SIGHUP, and nothing can be printed any more
        assert process.wait(timeout=60) == 129
    assert steps('parts')[-1] >= 25 and Path('runs/parts/samples.png').exists()
