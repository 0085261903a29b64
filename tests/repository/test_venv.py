"""``tools/venv.sh`` on simulated machines: fake programs stand in for Python, nvidia-smi and uname."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PYTHON = r'''#!/bin/sh
# A Python that answers the questions of tools/venv.sh, with a pip that does what the test specifies.
case "$1 $2" in
    '-c '*version_info*) echo @VERSION@ ;;
    '-c '*ensurepip*) @ENSUREPIP@ ;;
    '-m venv') mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; : >"$3/bin/pip"; chmod +x "$3/bin/pip" ;;
    '-m pip') echo "$@" >>@CALLS@; @PIP@ ;;
esac
'''
TOOLS = 'sh cat chmod cksum cp dirname grep mkdir mv rm sed sleep tail uname'.split()


@pytest.fixture
def machine(tmp_path):
    """A checkout in a folder with a space in its name, and a PATH with the shell's tools and the fake programs only."""
    class Machine:
        checkout, bin, calls = tmp_path / 'a check out', tmp_path / 'bin', tmp_path / 'calls'
        venv = checkout / '.venv'

        def __init__(self):
            self.bin.mkdir()
            for tool in TOOLS:
                (self.bin / tool).symlink_to(shutil.which(tool))
            for folder in ('tools', 'constraints'):
                shutil.copytree(ROOT / folder, self.checkout / folder)
            shutil.copy(ROOT / 'pyproject.toml', self.checkout)
            self.environment = {'PATH': str(self.bin), 'HOME': str(tmp_path)}

        def program(self, name, text):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

        def python(self, name, version, ensurepip='true', pip='true'):
            text = PYTHON.replace('@VERSION@', version).replace('@ENSUREPIP@', ensurepip).replace('@PIP@', pip)
            self.program(name, text.replace('@CALLS@', f"'{self.calls}'"))

        def start(self, **environment):
            return subprocess.Popen([self.bin / 'sh', 'tools/venv.sh'], cwd=self.checkout, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    env={**self.environment, **environment})

        def run(self, **environment):
            process = self.start(**environment)
            out, err = process.communicate(timeout=60)
            return process.returncode, out, err

        def pip_calls(self):
            return self.calls.read_text().splitlines() if self.calls.exists() else []

        def wait_for_pip(self):
            until = time.monotonic() + 30
            while not self.pip_calls() and time.monotonic() < until:
                time.sleep(.02)
            assert self.pip_calls()

        def leftovers(self):
            return sorted(path.name for path in self.checkout.glob('.venv*'))
    return Machine()


def one_line(text):
    assert text.count('\n') == 1 and text.endswith('\n'), text
    return text


@pytest.mark.parametrize('pythons, named', [
    ({'python3.13': '3.13', 'python3': '3.13'}, 'python3.13 is 3.13'),
    ({'python3.13': '3.13'}, 'python3.13 is 3.13'),
    ({'python3.9': '3.9'}, 'python3.9 is 3.9'),
    ({'python': '2.7'}, 'python is 2.7'),
    ({}, 'no Python found')])
def test_a_machine_without_a_supported_python_gets_one_line(machine, pythons, named):
    for name, version in pythons.items():
        machine.python(name, version)
    status, out, err = machine.run()
    assert status == 1 and out == '' and named in one_line(err) and '3.10, 3.11 or 3.12' in err
    assert not machine.leftovers()


def test_a_python_that_fails_is_skipped(machine):
    machine.program('python3.11', '#!/bin/sh\necho "pyenv: python3.11: command not found" >&2\nexit 127\n')
    machine.python('python3.12', '3.12')
    status, out, err = machine.run()
    assert status == 0 and err == '' and 'Python 3.12' in one_line(out)
    call, = machine.pip_calls()
    assert call == '-m pip install --no-input -c constraints/py3.12.txt -e .[cpu,export,fast,notebooks,test,site]'


def test_python_3_11_comes_first_and_PYTHON_overrides(machine):
    for name, version in {'python3': '3.12', 'python3.10': '3.10', 'python3.11': '3.11', 'my python': '3.10'}.items():
        machine.python(name, version)
    assert 'Python 3.11' in machine.run()[1]
    assert 'Python 3.10' in machine.run(PYTHON=str(machine.bin / 'my python'))[1]
    status, _, err = machine.run(PYTHON='/no/such/python')
    assert status == 1 and '/no/such/python does not run' in one_line(err)
    assert machine.leftovers() == ['.venv'], 'a wrong PYTHON must not remove a working environment'


def test_a_python_without_ensurepip_names_the_package_to_install(machine):
    machine.python('python3', '3.11', ensurepip='exit 1')
    status, _, err = machine.run()
    assert status == 1 and 'python3-venv' in one_line(err)
    machine.python('python3.12', '3.12')
    assert machine.run()[0] == 0, 'another Python that can create one is used instead'


@pytest.mark.parametrize('smi, extra, reason', [
    ('echo 7.5', 'cu112', '7.5'),
    ('echo 8.9', 'cu112', '8.9'),
    ('printf "9.0\\n8.6\\n"', 'cu112', '8.6'),
    ('echo 9.0', 'cpu', 'compute capability 9.0: MXNet 1.9.1 runs 5.0 to 8.9'),
    ('echo 12.0', 'cpu', '12.0'),
    ('echo 3.7', 'cpu', '3.7'),
    ('echo "Field is not valid" && exit 2', 'cpu', 'nvidia-smi does not report'),
    (None, 'cpu', 'no NVIDIA driver')])
def test_the_gpu_build_is_installed_for_cards_that_it_supports(machine, smi, extra, reason):
    machine.python('python3.11', '3.11')
    (machine.bin / 'uname').unlink()
    machine.program('uname', '#!/bin/sh\ncase $1 in -s) echo Linux ;; *) echo Linux x86_64 ;; esac\n')
    if smi:
        machine.program('nvidia-smi', f'#!/bin/sh\n{smi}\n')
    status, out, err = machine.run()
    assert (status, err) == (0, '') and reason in one_line(out)
    assert f'.[{extra},export,fast,notebooks,test,site]' in machine.pip_calls()[0]


def test_EXTRA_overrides_the_choice(machine):
    machine.python('python3.11', '3.11')
    assert 'as EXTRA says' in machine.run(EXTRA='cu112')[1]
    assert '.[cu112,export,fast,notebooks,test,site]' in machine.pip_calls()[0]
    status, _, err = machine.run(EXTRA='gpu')
    assert status == 1 and 'cpu or cu112' in one_line(err)


@pytest.mark.parametrize('printed, said', [
    ('ERROR: No matching distribution found for mxnet==1.9.1', 'no wheel for this machine'),
    ('WARNING: Retrying (Retry(total=0)) after connection broken\n'
     'ERROR: No matching distribution found for mxnet==1.9.1', 'package index cannot be reached'),
    ('ERROR: [Errno 28] No space left on device', 'no space left')])
def test_a_known_failure_gets_one_line_and_leaves_no_files(machine, printed, said):
    machine.python('python3.11', '3.11', pip=f'echo "{printed}"; exit 1')
    status, _, err = machine.run()
    assert status == 1 and said in one_line(err)
    assert not machine.leftovers()


def test_an_unknown_failure_shows_the_end_of_pips_log(machine):
    machine.python('python3.11', '3.11', pip='echo the last words; exit 1')
    status, _, err = machine.run()
    assert status == 1 and err.splitlines()[0] == 'the last words' and '.venv.log' in err.splitlines()[1]
    assert machine.leftovers() == ['.venv.log']


def test_a_second_call_installs_only_if_the_pins_have_changed(machine):
    machine.python('python3.11', '3.11')
    assert machine.run()[0] == 0
    assert machine.run() == (0, '', '') and len(machine.pip_calls()) == 1
    with (machine.checkout / 'constraints/py3.11.txt').open('a') as file:
        file.write('one-more==1.0\n')
    keep = machine.venv / 'keep'
    keep.touch()
    assert 'Installing' in machine.run()[1] and len(machine.pip_calls()) == 2
    assert keep.exists(), 'with the same Python and extra, pip updates the environment in place'


def test_a_moved_checkout_is_installed_again(machine):
    machine.python('python3.11', '3.11')
    machine.run()
    machine.checkout = machine.checkout.rename(machine.checkout.with_name('moved'))
    (machine.checkout / '.venv/old').touch()
    assert 'Installing' in machine.run()[1]
    assert not (machine.checkout / '.venv/old').exists(), 'its scripts contain the old path'


@pytest.mark.parametrize('end', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_installation_never_looks_finished(machine, end):
    machine.python('python3.11', '3.11', pip='exec sleep 15')
    process = machine.start()
    machine.wait_for_pip()
    status, _, err = machine.run()
    assert status == 1 and f'process {process.pid} is installing' in one_line(err)
    process.send_signal(end)
    err = process.communicate(timeout=60)[1]
    assert process.returncode != 0
    if end != signal.SIGKILL:
        assert 'interrupted' in one_line(err) and not machine.leftovers()
    machine.python('python3.11', '3.11')
    assert machine.run()[0] == 0 and len(machine.pip_calls()) == 2
    assert machine.leftovers() == ['.venv']


def test_an_environment_made_by_hand_is_not_changed(machine):
    machine.python('python3.11', '3.11')
    (machine.venv / 'bin').mkdir(parents=True)
    shutil.copy(machine.bin / 'python3.11', machine.venv / 'bin/python')
    status, _, err = machine.run()
    assert status == 1 and 'move it away' in one_line(err) and not machine.pip_calls()
    (machine.venv / 'bin/python').unlink()
    assert machine.run()[0] == 0, 'an environment without a Python is replaced'


def test_a_folder_that_cannot_be_written_gets_one_line(machine):
    machine.python('python3.11', '3.11')
    with tempfile.TemporaryDirectory() as place:  # tmp_path is closed to others, and root must become another user
        checkout = shutil.copytree(machine.checkout, Path(place, 'checkout'))
        programs = shutil.copytree(machine.bin, Path(place, 'bin'), symlinks=True)
        os.chmod(place, 0o755)
        os.chmod(checkout, 0o555)
        try:
            user = {'user': 65534} if os.getuid() == 0 else {}
            done = subprocess.run([programs / 'sh', 'tools/venv.sh'], cwd=checkout, capture_output=True, text=True,
                                  timeout=60, env={'PATH': str(programs)}, **user)
        finally:
            os.chmod(checkout, 0o755)
    assert done.returncode == 1 and 'cannot write in' in one_line(done.stderr) and done.stdout == ''
