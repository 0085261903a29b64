"""Let a disk of 8 MB fill during a training, a curation and a decoding; then make space and resume."""
import shutil
import subprocess

import numpy as np

from gluon_gan.support import storage

from .forks import Forks
from .interruptions import TRAIN, compare_curations, compare_runs, photographs

MEGABYTES, BALLAST = 8, 7
NOT_MOUNTED = 'mount is not permitted here, so no small disk could be made: run this part as root'


def fill(folder, count, rng, variables):
    """Fill a small disk ``count`` times."""
    disk = folder / 'disk'
    disk.mkdir()
    command = ['mount', '-t', 'tmpfs', '-o', f'size={MEGABYTES}m', 'tmpfs', str(disk)]
    mounted = shutil.which('mount') and subprocess.run(command, capture_output=True).returncode == 0
    if not mounted:
        print(f'  skipped: {NOT_MOUNTED}', flush=True)
        return {'ok': True, 'skipped': NOT_MOUNTED}
    try:
        photographs(folder)
        rows = {'training': [], 'curating': [], 'decoding': []}
        with Forks(folder, variables) as forks:
            for _ in range(count):
                rows['training'].append(_train(forks, disk, rng))
                rows['curating'].append(_curate(forks, disk, rng))
            rows['decoding'].append(_decode(folder, disk, variables))
        for name, attempts in rows.items():
            for attempt in attempts:
                attempt['message'] = attempt['message'].replace(f'{folder}/', '')
                print(f'  {name}: {attempt["message"]} -> {attempt["after"]}', flush=True)
        return {'ok': all(attempt['ok'] for attempts in rows.values() for attempt in attempts), 'tasks': rows}
    finally:
        subprocess.run(['umount', str(disk)], check=False)


def _ballast(disk, rng, megabytes):
    """Leave about ``megabytes`` free; the rest, never the same to the byte, is taken by a file."""
    size = int((MEGABYTES - megabytes) * 2 ** 20 - rng.randrange(2 ** 18))
    (disk / 'ballast').write_bytes(bytes(size))


def _train(forks, disk, rng):
    start = [*TRAIN, '--keep', '20', '--runs']
    status, output = forks.run(*start, forks.folder / 'roomy', '--name', 'run')
    assert not status, output
    _ballast(disk, rng, 1.5)
    status, output = forks.run(*start, disk / 'runs', '--name', 'run')
    message = _line(output)
    broken = []
    for path in (disk / 'runs' / 'run').rglob('*.npz'):
        try:
            storage.read(path)
        except storage.StorageError:
            broken.append(path.name)
    (disk / 'ballast').unlink()
    again, _ = forks.run('train', '--resume', disk / 'runs' / 'run')
    different, left_over = compare_runs(forks.folder / 'roomy' / 'run', disk / 'runs' / 'run')
    shutil.rmtree(disk / 'runs')
    shutil.rmtree(forks.folder / 'roomy')
    after = f'status {status}, {len(broken)} damaged files; resumed with status {again}, ' + _same(different, left_over)
    ok = status == 2 and 'Traceback' not in output and not (broken or again or different or left_over)
    return {'ok': ok, 'message': message, 'after': after}


def _curate(forks, disk, rng):
    words = ['data', 'curate', 'src', '{}', '--like', 'like', '--unlike', 'unlike', '--threshold', '0.1']

    def curate(place):
        return forks.run(*[word.format(place) for word in words])
    status, output = curate('whole')
    assert not status, output
    _ballast(disk, rng, 0.3)
    status, output = curate(disk / 'chosen')
    message = _line(output)
    (disk / 'ballast').unlink()
    again, _ = curate(disk / 'chosen')
    different, left_over = compare_curations(forks.folder / 'whole', disk / 'chosen')
    for place in (disk / 'chosen', forks.folder / 'whole'):
        shutil.rmtree(place)
    ok = status == 2 and 'Traceback' not in output and not (again or different or left_over)
    return {'ok': ok, 'message': message, 'after': f'status {status}; resumed with status {again}, '
                                                   + _same(different, left_over)}


def _decode(folder, disk, variables):
    """The cache is on the small disk. Nothing is written there, since the margin is not free."""
    np.save(folder / 'unused.npy', np.zeros(1))
    with Forks(folder, {**variables, 'GLUON_GAN_CACHE': str(disk / 'cache')}) as forks:
        status, output = forks.run('train', '--data', 'src', '--steps', '1', '--ngf', '2', '--ndf', '2', '--size', '32')
    left = [path for path in disk.rglob('*') if path.is_file() and path.name != '.lock']
    runs = folder / 'runs'
    ok = status == 2 and 'Traceback' not in output and not left and not (runs.exists() and any(runs.iterdir()))
    return {'ok': ok, 'message': _line(output), 'after': f'status {status}, {len(left)} files left'}


def _line(output):
    lines = [line for line in output.splitlines() if line.startswith('gluon-gan:')]
    return (lines or output.splitlines() or ['no output'])[-1][:240]


def _same(different, left_over):
    if different or left_over:
        return f'{len(different)} files differ, {len(left_over)} left over: {", ".join((different + left_over)[:3])}'
    return 'equal to the uninterrupted one'
