"""Two processes that fill one cache, and a member of a distributed training that is killed."""
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from gluon_gan.support import storage
from gluon_gan.train import checkpoint

from .interruptions import TRAIN, photographs

DECODE = '''
import hashlib, sys, time
import gluon_gan as gg
gg.data.folder
print('ready', flush=True)
sys.stdin.readline()
images = gg.data.folder(sys.argv[1], 64)
print(hashlib.sha256(images.images.tobytes()).hexdigest(), len(images), flush=True)
'''
VICTIMS = ('worker 0', 'worker 1', 'server', 'scheduler', 'launcher')
LIMIT = 60        # seconds in which all processes must have ended


def two_decoders(folder, count, rng, variables):
    """Two processes decode the same folder at the same moment, ``count`` times."""
    photographs(folder)
    found = dict(attempts=count, equal=0, arrays=0, left_over=0, messages=[])
    for _ in range(count):
        shutil.rmtree(folder / 'cache', ignore_errors=True)
        both = [subprocess.Popen([sys.executable, '-c', DECODE, str(folder / 'src')], env=variables, text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                for _ in range(2)]
        for process in both:
            assert process.stdout.readline() == 'ready\n'
        for process in both:
            process.stdin.write('\n')
            process.stdin.flush()
        answers = [process.communicate(timeout=120) for process in both]
        found['messages'] += [error.strip().splitlines()[-1][:200]
                              for process, (_, error) in zip(both, answers) if process.returncode]
        found['equal'] += len({out for out, _ in answers}) == 1 and not any(process.returncode for process in both)
        arrays = list((folder / 'cache').rglob('images.npy'))
        found['arrays'] += len(arrays)
        found['left_over'] += len([path for path in (folder / 'cache').iterdir() if path.name != '.lock']) - len(arrays)
    print(f'  {found["equal"]} of {count} times both got the same pictures; {found["arrays"]} arrays in the cache, '
          f'{found["left_over"]} other files', flush=True)
    found['ok'] = found['equal'] == count == found['arrays'] and not found['left_over']
    return found


def kill_members(folder, count, rng, variables):
    """Kill each member of a training with two workers, ``count`` times, and wait until all others have ended."""
    rows = {victim: dict(attempts=count, most_seconds=0, survivors=0, damaged=0, messages=[]) for victim in VICTIMS}
    for attempt in range(count):
        for victim, row in rows.items():
            _kill_member(folder, f'{victim.replace(" ", "-")}-{attempt}', victim, rng, variables, row)
            print(f'  {victim}: all ended after {row["most_seconds"]} s at most, {row["survivors"]} left, '
                  f'{row["damaged"]} damaged files; {(row["messages"] or ["no message"])[-1]}', flush=True)
    return {'ok': all(not row['survivors'] and not row['damaged'] for row in rows.values()), 'victims': rows}


def _kill_member(folder, name, victim, rng, variables, row):
    words = [sys.executable, '-m', 'gluon_gan', *TRAIN, '--steps', '1000000', '--workers', '2', '--name', name]
    launcher = subprocess.Popen(words, cwd=folder, env=variables, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)
    members = {}
    try:
        run = folder / 'runs' / name
        until = time.monotonic() + LIMIT
        while len(members) < 4 or not run.exists() or not checkpoint.checkpoints_in(run / 'checkpoints')[1:]:
            if time.monotonic() > until or launcher.poll() is not None:
                row['messages'].append('it did not begin to train')
                row['survivors'] += 1
                return
            time.sleep(0.1)
            members = _members(launcher.pid)
        time.sleep(rng.uniform(0, 1))
        members['launcher'] = launcher.pid
        os.kill(members[victim], signal.SIGKILL)
        since = time.perf_counter()
        until = time.monotonic() + LIMIT
        while time.monotonic() < until and (_running(members) or launcher.poll() is None):
            time.sleep(0.02)
        row['most_seconds'] = max(row['most_seconds'], round(time.perf_counter() - since, 1))
        row['survivors'] += len(_running(members))
        for path in run.rglob('*.npz'):
            try:
                storage.read(path)
            except storage.StorageError:
                row['damaged'] += 1
    finally:
        for process in (*_running({**members, **_members(launcher.pid)}), launcher.pid):
            _end(process)
        output = launcher.communicate()[0]
    lines = output.splitlines()
    lines = [line for line in lines if line.startswith('gluon-gan:')] or lines
    row['messages'] += [line.replace(f'{folder}/', '')[:160] for line in lines[-1:]]


def _members(launcher):
    """dict of str to int: the process ids of the members that a launcher has started, by their names."""
    found = {}
    for entry in Path('/proc').iterdir():
        if entry.name.isdigit() and _parent(entry) == launcher:
            try:
                pairs = [item.partition(b'=') for item in (entry / 'environ').read_bytes().split(b'\0')]
            except OSError:
                continue
            values = {key.decode(): value.decode(errors='replace') for key, _, value in pairs}
            if values.get('DMLC_ROLE'):
                number = values.get('GLUON_GAN_WORKER')
                role = values['DMLC_ROLE']
                found[f'{role} {number}' if role == 'worker' else role] = int(entry.name)
    return found


def _parent(entry):
    try:
        return int((entry / 'stat').read_text().rpartition(')')[2].split()[1])
    except OSError:
        return None


def _running(members):
    """The process ids that still run; one that has ended but was not waited for does not count."""
    found = []
    for process in members.values():
        try:
            if Path(f'/proc/{process}/stat').read_text().rpartition(')')[2].split()[0] != 'Z':
                found.append(process)
        except OSError:
            continue
    return found


def _end(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


