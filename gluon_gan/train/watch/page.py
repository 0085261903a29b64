"""The page of a run, ``index.html``: a single file that any browser opens from the disk, without network access."""
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

from ... import viz
from ...support import storage
from ...support.checks import whole_number
from ...support.files import atomic_write, check_place
from ..callbacks import Callback
from .measures import equilibrium

TEMPLATE = Path(__file__).with_name('page.html')
POINTS, GRIDS = 1000, 60         # the largest number of points in a curve, and of grids: more than a screen shows
LARGE = 100_000                  # bytes above which a grid is reduced to 128 colours
BUDGET = 4_000_000               # bytes of all grids together, before base64 adds a third
CHARTS = (   # title, names in a record, whether logarithmic, fixed range
    ('Losses', ('errD', 'errG'), False, None),
    ('Cycle consistency and identity losses', ('cycle', 'identity'), False, None),
    ('Probability of being real, according to D', ('D(x)', 'D(G(z))'), False, (0, 1)),
    ('Gradient norms', ('gradD', 'gradG'), True, None),
    ('Diversity of the images', ('diversity',), False, None),
    ('Share of saturated values', ('saturated',), False, (0, 1)),
    ('Size of updates relative to weights', ('updateD', 'updateG'), True, None),
    ('Images per second', ('images/s',), False, None),
)
HIDDEN = ('command', 'data_name', 'stand_in', 'steps', 'epochs')       # settings shown elsewhere on the page


class Page(Callback):
    """Writes the page with :func:`write` at regular intervals during training.

    Place this callback first: its `on_end` is then called after those of the others, so the page shows their output.

    Parameters
    ----------
    folder : path-like
        The folder of the run, which contains ``config.json``.
    every : int
        The number of steps between two versions; use that between two grids. The page is written one step later, when
        the grid exists.
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
    """Write ``index.html`` for a run.

    The page is made from the run's ``config.json``, ``history.jsonl``, ``samples/`` and ``alarms.jsonl``.

    Parameters
    ----------
    folder : path-like
    running : bool
        Whether training is in progress. If so, the page says so and can reload itself.

    Returns
    -------
    pathlib.Path
        The page. If writing fails, the previous page is kept.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If ``config.json`` is missing or damaged.
    ValueError
        If a line of ``history.jsonl`` or ``alarms.jsonl``, except the last, is not JSON.
    """
    folder = Path(folder)
    check_place(folder)
    config = _config(folder)
    history, alarms = _records(folder / 'history.jsonl'), _records(folder / 'alarms.jsonl')
    grids, progress = _grids(folder / 'samples'), _progress(config, history)
    last_steps = [record['step'] for record in history[-1:] + alarms[-1:]] + [number for number, _ in grids[-1:]]
    step, kept = max(last_steps, default=0), _thin(history, POINTS)
    page = {'running': running, 'steps': [record['step'] for record in kept], 'charts': _charts(config, history, kept),
            'alarms': [alarm['step'] for alarm in alarms],
            'grids': [{'step': number, 'src': image} for number, image in grids[:-1]]     # the last is in the HTML
            + [{'step': number} for number, _ in grids[-1:]]}
    words = {
        'name': escape(folder.resolve().name),
        'data': escape(str(config.get('data_name', 'unknown data'))),
        'stand_in': ' <strong class="badge">a stand-in for the real data</strong>' if config.get('stand_in') else '',
        'state': escape(_state(config, step, progress, running, alarms)),
        'progress': f'{progress:.4f}', 'percent': f'{progress:.0%}',
        'written': datetime.now().strftime('%Y-%m-%d at %H:%M:%S'),
        'alarms': ''.join(_alarm(alarm) for alarm in alarms) or '<p>None.</p>',
        'samples': _slider(grids) if grids else '<p>There are no images yet.</p>',
        'last': _list(history[-1] if history else {}),
        'settings': _list({name: value for name, value in config.items()
                           if name not in HIDDEN and value is not None}),
        'command': escape(str(config.get('command', 'not known'))),
        # A '</script>' in the data would end the script.
        'json': json.dumps(page, allow_nan=False, separators=(',', ':')).replace('<', '\\u003c'),
    }
    # All placeholders are replaced in one pass, so placeholders in the inserted texts are not.
    text = re.sub(r'{{(\w+)}}', lambda match: words[match[1]], TEMPLATE.read_text(encoding='utf-8'))
    with atomic_write(folder / 'index.html') as unfinished:
        unfinished.write_text(text, encoding='utf-8')
    return folder / 'index.html'


def _config(folder):
    try:
        config = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
    except OSError as error:
        raise storage.StorageError(f'{folder} is not the folder of a run: it has no readable config.json') from error
    except ValueError as error:
        raise storage.StorageError(f"{folder / 'config.json'} is damaged: it is not JSON") from error
    if not isinstance(config, dict):
        raise storage.StorageError(f"{folder / 'config.json'} is damaged: it contains no settings")
    return config


def _records(path):
    """The lines of a JSON Lines file that have a step, sorted by step; an empty list if there is no file."""
    lines = viz.read_history(path) if path.is_file() else []
    records = [line for line in lines if isinstance(line, dict) and _finite(line.get('step'))]
    return sorted(records, key=lambda record: record['step'])


def _finite(value):
    return isinstance(value, (int, float)) and math.isfinite(value)


def _thin(items, most):
    """At most ``most`` of the items, evenly spaced, including the first and the last."""
    if len(items) <= most:
        return items
    return [items[i] for i in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _grids(folder):
    """The grids as a list of (step, data URI), thinned to :data:`GRIDS` and to :data:`BUDGET`."""
    paths = sorted((int(path.stem[5:]), path) for path in folder.glob('step-*.png') if path.stem[5:].isdigit())
    grids = [(step, uri) for step, path in _thin(paths, GRIDS) if (uri := _data_uri(path, path.stat().st_mtime_ns))]
    largest = max((len(uri) for _, uri in grids), default=1)
    return _thin(grids, max(2, 4 * BUDGET // 3 // largest))


@lru_cache(maxsize=2 * GRIDS)        # the page is written many times during a training
def _data_uri(path, _):
    """The image of a PNG file as a data URI; None if the file is damaged. The second argument is only a cache key."""
    try:
        data = path.read_bytes()
        with Image.open(BytesIO(data), formats=['PNG']) as image:
            image.load()
            if len(data) > LARGE:
                reduced = BytesIO()
                image.convert('RGB').quantize(128).save(reduced, format='PNG', optimize=True)
                data = min(data, reduced.getvalue(), key=len)
    except (OSError, SyntaxError, ValueError):      # PIL raises SyntaxError for a broken PNG
        return None
    return 'data:image/png;base64,' + b64encode(data).decode()


def _charts(config, history, kept):
    try:
        levels = equilibrium(config.get('loss'), config.get('real_label', 1.0))
    except (ValueError, TypeError):
        levels = {}                      # an objective of another version
    levels = {name: (f'{name} at equilibrium: {text}', value) for name, (text, value) in levels.items()
              if name != 'D(G(z))'}
    if 'D(x)' in levels:                 # D(G(z)) has the same level
        levels['D(x)'] = levels['D(x)'][0].replace('D(x) at', 'both at'), levels['D(x)'][1]
    for name in ('diversity', 'saturated'):
        data = [record[f'{name}_data'] for record in history if _finite(record.get(f'{name}_data'))]
        if data:
            levels[name] = 'real data', data[-1]
    charts, distances = [], sorted({name for record in history for name in record if name.startswith('frechet_')})
    for title, names, log, limits in (*CHARTS, ('Distance from the data', distances, False, None)):
        series = []
        for colour, name in enumerate(names):
            values = [record[name] if _finite(record.get(name)) else None for record in history]
            if names is distances:                # measured less often: repeat each value until the next
                values = accumulate(values, lambda last, value: last if value is None else value)
            found = dict(zip((record['step'] for record in history), values))
            series.append({'name': name, 'colour': colour, 'values': [found[record['step']] for record in kept]})
        if any(value is not None for line in series for value in line['values']):
            marks = [dict(zip(('text', 'value'), levels[name]), colour=colour)
                     for colour, name in enumerate(names) if name in levels]
            charts.append({'title': title, 'log': log, 'range': limits, 'series': series, 'levels': marks})
    return charts


def _progress(config, history):
    """The fraction of the steps or epochs that is done, whichever is larger; from 0 to 1."""
    last = history[-1] if history else {}
    done = [last[name] / config[goal] for name, goal in (('step', 'steps'), ('epoch', 'epochs'))
            if _finite(last.get(name)) and _finite(config.get(goal)) and config[goal] > 0]
    return min(1.0, max(done, default=0.0))


def _state(config, step, progress, running, alarms):
    goals = [f'{config[name]:,} {name}' for name in ('steps', 'epochs') if isinstance(config.get(name), int)]
    diverged = any(alarm.get('name') == 'NaN or Inf' for alarm in alarms)
    word = 'Training' if running else 'Diverged' if diverged else 'Ended'
    return f"{word}: step {step:,}, about {progress:.0%} of {' or '.join(goals) or 'an unknown goal'}"


def _alarm(alarm):
    name, message, remedy = (escape(str(alarm.get(key, ''))) for key in ('name', 'message', 'remedy'))
    return (f'<article class="alarm"><h3>{name}, step {alarm["step"]:,}</h3><p>{message}.</p>'
            f'<p><strong>What to do:</strong> {remedy}.</p></article>')


def _slider(grids):
    step, uri = grids[-1]
    return (f'<div class="slide"><label for="slider">Step</label>'
            f'<input type="range" id="slider" min="0" max="{len(grids) - 1}" value="{len(grids) - 1}">'
            f'<output id="shown" for="slider">step {step:,}</output>'
            f'<button type="button" id="play">Play</button></div>'
            f'<img id="picture" src="{uri}" alt="Generated images at step {step:,}">')


def _list(values):
    rows = ''.join(f'<div><dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd></div>'
                   for name, value in values.items())
    return f'<dl>{rows}</dl>' if rows else '<p>None.</p>'
