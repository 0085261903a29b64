"""The page docs/reliability.md, made from the figures of ``tools/faults.py``."""
import textwrap

HEAD = """# Reliability

What happens to a training, a translation, a curation and a data server when something goes wrong. The faults are made
on real processes by [`tools/faults.py`](../tools/faults.py), which writes this page and `reliability.json`; do not edit
either by hand. Anyone can repeat it in about ten minutes:

```sh
.venv/bin/python tools/faults.py                        # all parts
.venv/bin/python tools/faults.py --only kill --count 5  # one part, with fewer faults
```

Networks are tiny (`--ngf 4`), images are digits of 28 pixels or generated squares, and the moments and places are
random; `--seed` repeats them as closely as the clock allows.
"""
SIGNALS = {'kill': '`kill -9`', 'sigterm': 'SIGTERM', 'sighup': 'SIGHUP'}


def page(found):
    """str: the Markdown of the parts that have figures."""
    parts = [HEAD, _signals(found)]
    parts += [function(found[name]) for name, function in SECTIONS.items() if name in found]
    parts.append(_conditions(found))
    lines = '\n'.join(part for part in parts if part).split('\n')
    return '\n'.join(line if line.startswith(('|', '#', '.')) else textwrap.fill(line, 120, break_long_words=False,
                                                                                break_on_hyphens=False)
                     for line in lines)


def table(columns, rows):
    """str: a Markdown table."""
    lines = [columns, ['---'] * len(columns), *rows]
    return '\n'.join('| ' + ' | '.join(str(cell).replace('|', '\\|') for cell in row) + ' |' for row in lines) + '\n'


def _signals(found):
    rows = [[SIGNALS[name], task, row['interrupted'], row['clean'], row['compared'], row['different'], row['left_over'],
             '; '.join(row['messages']) or '-']
            for name in SIGNALS if name in found for task, row in found[name]['tasks'].items()]
    if not rows:
        return ''
    return ('## Killed, terminated, hung up\n\nA signal is sent at a random moment of a command, and the next command '
            'resumes the same work, until all of it is done. The result is then compared with that of an uninterrupted '
            'run: every array of every checkpoint bit for bit, the settings, the history, the images and the list of '
            'files. A training that ends in good order also keeps a sample grid of the step at which it was stopped,'
            ' which is a frame of the GIF, and a checkpoint of that step among the last few that are kept.\n\n'
            + table(['signal', 'work', 'interrupted', 'of these in good order', 'results compared', 'different',
                     'files left over or missing', 'problems'], rows))


def _disk(found):
    head = '## A full disk\n\n'
    if 'skipped' in found:
        return f"{head}Not tried: {found['skipped']}.\n"
    rows = [[task, f"`{attempt['message']}`", attempt['after']]
            for task, attempts in found['tasks'].items() for attempt in attempts]
    return (f'{head}The result is written to a disk of 8 MB, most of which is taken. After the error, space is made, '
            'and the same work is resumed. Decoded pictures are not written to a disk that has less free space than '
            'the margin.\n\n'
            + table(['work', 'the last line', 'then'], rows))


def _bits(found):
    rows = [[kind, f"{row['bytes']:,}", row['flips'], row['refused'], row['equal'], row['wrong'],
             '; '.join(row['messages'][:3]) or '-'] for kind, row in found['kinds'].items()]
    return ('## Flipped bits\n\nOne bit of a file is flipped at a random place, in a fresh copy each time, and the '
            'file is loaded. It must be refused in one line, or give the same values; a cache is then decoded '
            'again.\n\n'
            + table(['file', 'bytes', 'bits flipped', 'refused', 'equal', 'wrong', 'problems'], rows))


def _decoders(found):
    row = [found['attempts'], found['equal'], found['arrays'], found['left_over'], '; '.join(found['messages']) or '-']
    return ('## Two processes, one cache\n\nTwo processes decode the same folder, beginning at the same moment.\n\n'
            + table(['attempts', 'both got the same pictures', 'arrays in the cache', 'other files left', 'problems'],
                    [row]))


def _workers(found):
    rows = [[victim, row['attempts'], row['most_seconds'], row['survivors'], row['damaged'],
             f"`{row['messages'][-1]}`" if row['messages'] else '-'] for victim, row in found['victims'].items()]
    return ('## A member of a distributed training is killed\n\nA training with two workers on one machine; one '
            'process gets `kill -9`.\n\n'
            + table(['killed', 'attempts', 'seconds until all had ended, at most', 'processes left', 'damaged files',
                     'the last line'], rows))


def _requests(found):
    answers = ', '.join(f'{number:,} {answer}' for answer, number in found['answers'].items())
    rows = [['malformed and odd requests', f"{found['requests']:,} in {found['seconds_of_attack']} s"],
            ['of these before the client had ended', f"{found['during_training']:,}"],
            ['idle connections meanwhile', found['idle']], ['answers', answers],
            ['exit status of the client', found['client_status']],
            ['files that differ from an undisturbed training', found['different']],
            ['the server answers afterwards', 'yes' if found['server_alive'] else 'no']]
    return ('## Malformed requests and idle connections\n\nA client trains from `gluon-gan data serve` while others '
            'send nonsense. "closed" is a connection that the server ended without an answer. A few of the '
            'odd requests are valid and get one.\n\n'
            + table(['', ''], rows))


def _growth(found):
    rows = [[f"{row['steps']:,}", row['megabytes'], row['threads'], row['files']] for row in found['rows']]
    return ('## Memory, threads and open files\n\nOne training with history, sample grids and checkpoints.\n\n'
            + table(['steps', 'memory in MB', 'threads', 'open files'], rows))


def _conditions(found):
    rows = [[name, 'yes' if row['ok'] else '**no**', row['seed'], row['seconds'], row['cores']]
            for name, row in found.items()]
    return ('## Conditions\n\n' + table(['part', 'as promised', 'seed', 'seconds', 'cores'], rows)) if rows else ''


SECTIONS = {'disk': _disk, 'bits': _bits, 'decoders': _decoders, 'workers': _workers, 'requests': _requests,
            'growth': _growth}
