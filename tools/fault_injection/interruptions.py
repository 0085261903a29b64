"""Kill, terminate and hang up a training, a translation and a curation at random moments, and compare the results."""
import json
import shutil
import signal
import time

import numpy as np
from PIL import Image, ImageDraw

from gluon_gan.support import storage

from .forks import Forks

TRAIN = ('train --steps 60 --save-every 5 --batch-size 8 --ngf 4 --ndf 4 --nz 8 --average 0.9 --best errG:max '
         '--decay 0.5').split()
TRANSLATE = ('train --task translate --data both --steps 60 --save-every 5 --size 16 --ngf 4 --ndf 4 --blocks 1 '
             '--halvings 1 --pool 3').split()
CURATED = 160                 # photographs
# Values of a record that depend on the process.
PROCESS_VALUES = ('images/s', 'moved', 'diversity_data', 'saturated_data')


def kill(folder, count, rng, variables):
    """``kill -9``: nothing can be saved, and the result must be the same."""
    return _interrupt(folder, count, rng, variables, signal.SIGKILL)


def sigterm(folder, count, rng, variables):
    """SIGTERM, which a cluster's time limit sends."""
    return _interrupt(folder, count, rng, variables, signal.SIGTERM)


def sighup(folder, count, rng, variables):
    """SIGHUP, which a closed terminal sends."""
    return _interrupt(folder, count, rng, variables, signal.SIGHUP)


def _interrupt(folder, count, rng, variables, number):
    two_domains(folder / 'both')
    photographs(folder)
    rows = {}
    with Forks(folder, variables) as forks:
        for name, work in TASKS.items():
            rows[name] = row = _task(forks, work, count, rng, number)
            print(f'  {name}: {row["interrupted"]} of {count} signals hit it, {row["compared"]} results compared, '
                  f'{row["different"]} different, {row["left_over"]} left over', flush=True)
            row['messages'] = [line.replace(f'{folder}/', '') for line in row['messages']]
            for line in row['messages']:
                print(f'    {line}', flush=True)
    ok = all(not (row['different'] or row['left_over'] or row['messages']) for row in rows.values())
    return {'ok': ok, 'signal': number.name, 'tasks': rows}


def _task(forks, work, count, rng, number):
    """Interrupt one command at ``count`` random moments of its running time. After each, the same work is resumed."""
    start, resume, place, compare = work
    whole, parts = (forks.folder / place.format(name) for name in ('whole', 'parts'))

    def command():
        return [word.format('parts') for word in (resume if parts.exists() else start)]

    since = time.perf_counter()
    status, output = forks.run(*[word.format('whole') for word in start])
    seconds = time.perf_counter() - since
    row = dict(seconds=round(seconds, 1), interrupted=0, clean=0, compared=0, different=0, left_over=0, messages=[])
    if status:
        row['messages'].append(f'it does not run at all: {_last(output)}')
        return row
    for _ in range(count):
        status, output = forks.run(*command(), signal=number, after=rng.uniform(0, 0.7 * seconds))
        if status in (-number, 128 + number):
            row['interrupted'] += 1
            row['clean'] += status > 0
        elif _complete(status, output):         # before the signal came
            _compare(compare, whole, parts, row, number)
        else:
            row['messages'].append(f'status {status}: {_last(output)}')
            shutil.rmtree(parts, ignore_errors=True)
        if 'Traceback' in output:
            row['messages'].append(f'a traceback: {_last(output)}')
    status, output = forks.run(*command())
    if not _complete(status, output):
        row['messages'].append(f'cannot be resumed: {_last(output)}')
    else:
        _compare(compare, whole, parts, row, number)
    return row


def _complete(status, output):
    """Whether a command has done all of its work, or says that an earlier one has: a signal may come after the end."""
    return status == 0 or 'has completed its' in output


def _compare(compare, whole, parts, row, number):
    different, left_over = compare(whole, parts)
    if number != signal.SIGKILL:
        # A training that ends in good order saves a sample grid of its last step, which stays as a frame of the GIF,
        # and a checkpoint, which counts among the last few that are kept, so that an older one may have gone.
        left_over = [name for name in left_over if not (name.startswith('samples/') and (parts / name).exists())
                     and not name.startswith('checkpoints/')]
        different = [name for name in different if name != 'progress.gif']
    row['compared'] += 1
    row['different'] += bool(different)
    row['left_over'] += len(left_over)
    row['messages'] += [f'differs: {name}' for name in different[:3]] + [f'left over: {name}' for name in left_over[:3]]
    shutil.rmtree(parts)


def compare_runs(whole, parts):
    """(list, list): the files of a run that differ from those of another, and those that only one of them has."""
    names, others = files_of(whole), files_of(parts)
    different = [name for name in sorted(names & others) if not _equal(whole / name, parts / name)]
    return different, sorted(names ^ others)


def files_of(run):
    """The names of the files in a folder. Every process writes its own file of events, and an alarm may be repeated."""
    return {str(path.relative_to(run)) for path in run.rglob('*') if path.is_file() and 'events' not in path.parts}


def _equal(one, other):
    if one.suffix == '.npz':
        (arrays, meta), (others, other_meta) = storage.read(one), storage.read(other)
        return meta == other_meta and arrays.keys() == others.keys() and all(
            np.array_equal(array, others[name]) for name, array in arrays.items())
    if one.name == 'history.jsonl':
        return _history(one) == _history(other)
    if one.suffix in ('.png', '.gif') and one.stem != 'curves':        # the curves show the speed
        return one.read_bytes() == other.read_bytes()
    return True


def _history(path):
    return [{name: value for name, value in json.loads(line).items() if name not in PROCESS_VALUES}
            for line in path.read_text().splitlines()]


def compare_curations(whole, parts):
    """(list, list): as :func:`compare_runs`; every file must be equal, the manifest too."""
    names, others = files_of(whole), files_of(parts)
    different = [name for name in sorted(names & others) if (whole / name).read_bytes() != (parts / name).read_bytes()]
    return different, sorted(names ^ others)


def _last(output):
    return (output.strip().splitlines() or ['no output'])[-1][:200]


def two_domains(folder):
    """Two domains of small noisy images, dark and light, as files."""
    rng = np.random.default_rng(0)
    for name, count in (('trainA', 13), ('trainB', 11), ('testA', 4), ('testB', 4)):
        (folder / name).mkdir(parents=True)
        levels = (0, 120) if name.endswith('A') else (130, 256)
        for index in range(count):
            pixels = rng.integers(*levels, (20, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f'{index}.png')


def photographs(folder):
    """Images of twelve squares or twelve discs in ``src``, and examples of both in ``like`` and ``unlike``."""
    for place, shape, seeds in (('like', 'rectangle', range(8)), ('unlike', 'ellipse', range(8, 16)),
                                ('src/a', 'rectangle', range(100, 100 + CURATED // 2)),
                                ('src/b', 'ellipse', range(500, 500 + CURATED // 2))):
        (folder / place).mkdir(parents=True)
        for seed in seeds:
            rng = np.random.default_rng(seed)
            image = Image.new('RGB', (140, 130), tuple(rng.integers(0, 256, 3).tolist()))
            for x, y, side in rng.integers((0, 0, 15), (110, 110, 40), (12, 3)).tolist():
                paint = getattr(ImageDraw.Draw(image), shape)
                paint((x, y, x + side, y + side), tuple(rng.integers(0, 256, 3).tolist()))
            image.save(folder / place / f'{seed}.png')


# name: (the first command, the command that resumes it, the folder of the result, the comparison)
CURATE = ['data', 'curate', 'src', '{}', '--like', 'like', '--unlike', 'unlike', '--threshold', '0.5']
TASKS = {
    'training': ([*TRAIN, '--name', '{}'], ['train', '--resume', 'runs/{}'], 'runs/{}', compare_runs),
    'translating': ([*TRANSLATE, '--runs', 'translations', '--name', '{}'], ['train', '--resume', 'translations/{}'],
                    'translations/{}', compare_runs),
    'curating': (CURATE, CURATE, '{}', compare_curations),
}
