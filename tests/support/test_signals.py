"""The signals that end the command line: their exit status, and one line instead of a traceback at any moment."""
import os
import signal
import subprocess
import sys
import time

import pytest

from gluon_gan import cli
from gluon_gan.support import signals
from helpers.processes import running


def test_signals_are_raised_once_and_handlers_restored():
    before = [signal.getsignal(number) for number in signals.ENDING]
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        with pytest.raises(KeyboardInterrupt) as raised, signals.raised():
            try:
                os.kill(os.getpid(), number)
            finally:
                if number != signal.SIGINT:
                    os.kill(os.getpid(), number)            # must not disturb the end
        assert signals.status(raised.value) == status
    assert signals.status(KeyboardInterrupt()) == 130
    assert [signal.getsignal(number) for number in signals.ENDING] == before


def test_handlers_of_others_are_left_alone():
    received, before = [], signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda number, frame: received.append(number))
    try:
        with signals.raised():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == [signal.SIGTERM]


class Signalling:
    """An object whose destructor is interrupted by a signal."""

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_in_a_destructor_is_raised_by_the_next_check_without_a_traceback(capsys):
    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt, match='SIGINT'), signals.raised():
        Signalling()
        signals.check()
    assert capsys.readouterr().err == '' and sys.unraisablehook is hook


def test_other_errors_of_a_destructor_are_reported(capsys):
    class Failing:
        def __del__(self):
            raise ValueError('in a destructor')
    with signals.raised():
        Failing()
    assert 'in a destructor' in capsys.readouterr().err


def test_a_signal_that_c_code_prints_is_not_printed_and_other_exceptions_are(capsys):
    hook = sys.excepthook
    with signals.raised():
        for error in (signals.Stopped(signal.SIGINT), ValueError('in C code')):
            sys.excepthook(type(error), error, None)
    assert capsys.readouterr().err.strip() == 'ValueError: in C code' and sys.excepthook is hook


LOADED = 'import sys, time; sys.argv[0] = sys.argv[1]; import gluon_gan; print("loaded", flush=True); time.sleep(9)'


@pytest.mark.parametrize('name, status, line', [('gluon-gan', 130, 'gluon-gan: stopped\n'), ('script.py', -2, None)])
def test_ctrl_c_while_the_command_line_is_loaded_is_one_line(name, status, line):
    process = subprocess.Popen([sys.executable, '-c', LOADED, name], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    assert process.stdout.readline() == 'loaded\n'
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == status and (errors == line if line else 'KeyboardInterrupt' in errors)


@pytest.mark.parametrize('moment', [0.1, 0.2, 0.3, 0.5, 0.8])
def test_ctrl_c_at_an_early_moment_is_one_line(elsewhere, moment):
    """The moments differ from machine to machine. None may give a traceback once Python itself has started."""
    with running('train', '--steps', 10 ** 6, stdout=subprocess.PIPE) as process:
        wait_for_python(process)
        time.sleep(moment)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=90)
    assert 'Traceback' not in output and process.returncode in (0, 130), output


def wait_for_python(process):
    """Wait until a process has a handler for Ctrl-C other than Python's own, which its list of modules shows."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with open(f'/proc/{process.pid}/smaps') as loaded:
            if '_multiarray_umath' in loaded.read():        # NumPy is imported after the handler is installed
                return
        time.sleep(0.005)


def test_output_that_nobody_reads_any_more_does_not_disturb_the_end_of_the_process(monkeypatch):
    reader, writer = os.pipe()
    with os.fdopen(writer, 'w') as stream:
        monkeypatch.setattr(sys, 'stdout', stream)
        stream.write('what is still to be printed')
        os.close(reader)
        with pytest.raises(SystemExit):
            cli.main(['--help'])
        stream.flush()          # as Python does when it ends; it would set the exit status to 120 if that failed


@pytest.mark.parametrize('error, status, line', [
    (ImportError('numpy.core.multiarray failed to import'), 130, 'gluon-gan: stopped'),
    (ValueError('the disk is full'), 2, 'gluon-gan: the disk is full')])
def test_only_an_import_that_fails_after_ctrl_c_counts_as_stopped(monkeypatch, capsys, error, status, line):
    """A training that Ctrl-C has ended in good order may still meet an error, which must be reported."""
    def interrupted():
        signals.note(signal.SIGINT)
        raise error
    monkeypatch.setattr(cli, '_doctor', interrupted)
    assert cli.main(['doctor']) == status and capsys.readouterr().err == line + '\n'
