"""``runs/NAME/index.html``: a training on one page that any browser opens from the disk, with no network and no other file."""
import json
import math
import re
from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from html import escape
from io import BytesIO
from itertools import accumulate
from pathlib import Path

import numpy as np
from PIL import Image

from .. import storage, viz
from ..checks import whole_number
from ..files import whole
from .callbacks import Callback
from .measures import equilibrium

TEMPLATE = Path(__file__).with_name('page.html')
POINTS, GRIDS = 1000, 60         # at most, of each curve and of pictures: more than a screen shows
HEAVY = 100_000                  # bytes of a grid beyond which it is kept in 128 colours
BUDGET = 4_000_000               # bytes of all grids together; base64 makes a third more of them
CHARTS = (   # title, names in a record, logarithmic, fixed range
    ('Losses', ('errD', 'errG'), False, None),
    ('There and back again, and where nothing is to do', ('cycle', 'identity'), False, None),
    ('Probability of being real, says D', ('D(x)', 'D(G(z))'), False, (0, 1)),
    ('Gradient norms', ('gradD', 'gradG'), True, None),
    ('Diversity of the pictures', ('diversity',), False, None),
    ('Share of saturated values', ('saturated',), False, (0, 1)),
    ('Update over weights', ('updateD', 'updateG'), True, None),
    ('Images a second', ('images/s',), False, None),
)
HIDDEN = ('command', 'data_name', 'stand_in', 'steps', 'epochs')       # settings that stand elsewhere on the page


class Page(Callback):
    """Keeps :func:`write` up to date while a training goes on.

    Put it first: its `on_end` then comes after everybody else's, and shows what they wrote.

    Parameters
    ----------
    folder : path-like
        The run's, which has a ``config.json``.
    every : int
        Steps between two versions, as between two grids: written one step later, when the grid is there.
    """

    def __init__(self, folder, every):
        self.folder, self.every, self._due = Path(folder), whole_number('every', every), True

    def on_step(self, trainer):
        if self._due:
            write(self.folder, running=True)
        self._due = trainer.steps % self.every == 0

    def on_end(self, trainer):
        write(self.folder)


def write(folder, running=False):
    """Make ``index.html`` of what lies in a run's folder: ``config.json``, ``history.jsonl``, ``samples/``, ``alarms.jsonl``.

    Parameters
    ----------
    folder : path-like
    running : bool
        Whether training goes on: the page then says so, and offers to load itself again.

    Returns
    -------
    pathlib.Path
        The page: complete or the one of before.

    Raises
    ------
    gluon_gan.storage.StorageError
        If the folder has no ``config.json``, or it is damaged.
    ValueError
        If another line than the last of ``history.jsonl`` or ``alarms.jsonl`` is not JSON.
    """
    folder = Path(folder)
    config, history, alarms = _config(folder), _records(folder / 'history.jsonl'), _records(folder / 'alarms.jsonl')
    grids, progress = _grids(folder / 'samples'), _progress(config, history)
    step = max([record['step'] for record in history[-1:] + alarms[-1:]] + [number for number, _ in grids[-1:]], default=0)
    kept = _thin(history, POINTS)
    page = {'running': running, 'steps': [record['step'] for record in kept], 'charts': _charts(config, history, kept),
            'alarms': [alarm['step'] for alarm in alarms],
            'grids': [{'step': number, 'src': picture} for number, picture in grids[:-1]] + [{'step': number} for number, _ in grids[-1:]]}
    words = {
        'name': escape(folder.resolve().name),
        'data': escape(str(config.get('data_name', 'unknown data'))),
        'stand_in': ' <strong class="badge">a stand-in for the real data</strong>' if config.get('stand_in') else '',
        'state': escape(_state(config, step, progress, running, alarms)),
        'progress': f'{progress:.4f}', 'percent': f'{progress:.0%}',
        'written': datetime.now().strftime('%Y-%m-%d at %H:%M:%S'),
        'alarms': ''.join(_alarm(alarm) for alarm in alarms) or '<p>None.</p>',
        'samples': _slider(grids) if grids else '<p>There are no pictures yet.</p>',
        'last': _list({name: value for name, value in (history[-1] if history else {}).items()}),
        'settings': _list({name: value for name, value in config.items() if name not in HIDDEN and value is not None}),
        'command': escape(str(config.get('command', 'not known'))),
        'json': json.dumps(page, allow_nan=False, separators=(',', ':')).replace('<', '\\u003c'),     # or '</script>' would end it
    }
    text = re.sub(r'{{(\w+)}}', lambda match: words[match[1]], TEMPLATE.read_text(encoding='utf-8'))    # one pass: words are not read again
    with whole(folder / 'index.html') as unfinished:
        unfinished.write_text(text, encoding='utf-8')
    return folder / 'index.html'


def _config(folder):
    try:
        config = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
    except OSError as error:
        raise storage.StorageError(f'{folder} is no run: it has no readable config.json') from error
    except ValueError as error:
        raise storage.StorageError(f"{folder / 'config.json'} is damaged: it is not JSON") from error
    if not isinstance(config, dict):
        raise storage.StorageError(f"{folder / 'config.json'} is damaged: it holds no settings")
    return config


def _records(path):
    """The lines of a file that have a step, in order; none if there is no file."""
    lines = viz.read_history(path) if path.is_file() else []
    return sorted((line for line in lines if isinstance(line, dict) and _finite(line.get('step'))), key=lambda line: line['step'])


def _finite(value):
    return isinstance(value, (int, float)) and math.isfinite(value)


def _thin(items, most):
    """At most ``most`` of the items, spread evenly, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[i] for i in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _grids(folder):
    """list of (step, data URI): as many of the grids as there is room for."""
    paths = sorted((int(path.stem[5:]), path) for path in folder.glob('step-*.png') if path.stem[5:].isdigit())
    grids = [(step, picture) for step, path in _thin(paths, GRIDS) if (picture := _picture(path, path.stat().st_mtime_ns))]
    heaviest = max((len(picture) for _, picture in grids), default=1)
    return _thin(grids, max(2, 4 * BUDGET // 3 // heaviest))


@lru_cache(maxsize=2 * GRIDS)        # a training that goes on writes its page again and again
def _picture(path, _):
    """A PNG as a data URI; None of what is none."""
    try:
        data = path.read_bytes()
        with Image.open(BytesIO(data), formats=['PNG']) as picture:
            picture.load()
            if len(data) > HEAVY:
                held = BytesIO()
                picture.convert('RGB').quantize(128).save(held, format='PNG', optimize=True)
                data = min(data, held.getvalue(), key=len)
    except (OSError, SyntaxError, ValueError):      # SyntaxError is PIL's word for a broken PNG
        return None
    return 'data:image/png;base64,' + b64encode(data).decode()


def _charts(config, history, kept):
    try:
        levels = equilibrium(config.get('loss'), config.get('real_label', 1.0))
    except (ValueError, TypeError):
        levels = {}                      # an objective of another version
    levels = {name: (f'{name} when D cannot tell: {text}', value) for name, (text, value) in levels.items() if name != 'D(G(z))'}
    if 'D(x)' in levels:                 # both are the same line
        levels['D(x)'] = levels['D(x)'][0].replace('D(x) when', 'both when'), levels['D(x)'][1]
    for name in ('diversity', 'saturated'):
        data = [record[f'{name}_data'] for record in history if _finite(record.get(f'{name}_data'))]
        if data:
            levels[name] = 'of the data', data[-1]
    charts, distances = [], sorted({name for record in history for name in record if name.startswith('frechet_')})
    for title, names, log, limits in (*CHARTS, ('Distance from the data', distances, False, None)):
        series = []
        for colour, name in enumerate(names):
            values = [record[name] if _finite(record.get(name)) else None for record in history]
            if names is distances:                # measured more rarely: one holds until the next
                values = accumulate(values, lambda last, value: last if value is None else value)
            found = dict(zip((record['step'] for record in history), values))
            series.append({'name': name, 'colour': colour, 'values': [found[record['step']] for record in kept]})
        if any(value is not None for line in series for value in line['values']):
            marks = [dict(zip(('text', 'value'), levels[name]), colour=colour) for colour, name in enumerate(names) if name in levels]
            charts.append({'title': title, 'log': log, 'range': limits, 'series': series, 'levels': marks})
    return charts


def _progress(config, history):
    """From 0 to 1: how much of the steps or epochs is done, whichever ends first."""
    done = [history[-1][name] / config[goal] for name, goal in (('step', 'steps'), ('epoch', 'epochs'))
            if history and _finite(history[-1].get(name)) and _finite(config.get(goal)) and config[goal] > 0]
    return min(1.0, max(done, default=0.0))


def _state(config, step, progress, running, alarms):
    goals = [f'{config[name]:,} {name}' for name in ('steps', 'epochs') if isinstance(config.get(name), int)]
    word = 'Training' if running else 'Diverged' if any(alarm.get('name') == 'NaN or Inf' for alarm in alarms) else 'Ended'
    return f"{word}: step {step:,}, about {progress:.0%} of {' or '.join(goals) or 'an unknown goal'}"


def _alarm(alarm):
    name, message, remedy = (escape(str(alarm.get(key, ''))) for key in ('name', 'message', 'remedy'))
    return f'<article class="alarm"><h3>{name}, step {alarm["step"]:,}</h3><p>{message}.</p><p><strong>What to do:</strong> {remedy}.</p></article>'


def _slider(grids):
    step, picture = grids[-1]
    return (f'<div class="slide"><label for="slider">Step</label><input type="range" id="slider" min="0" max="{len(grids) - 1}" '
            f'value="{len(grids) - 1}"><output id="shown" for="slider">step {step:,}</output><button type="button" id="play">Play</button></div>'
            f'<img id="picture" src="{picture}" alt="Generated pictures at step {step:,}">')


def _list(values):
    rows = ''.join(f'<div><dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd></div>' for name, value in values.items())
    return f'<dl>{rows}</dl>' if rows else '<p>None.</p>'
