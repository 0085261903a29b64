"""The manifest of a curation: one line of JSON an image, after a first line with the settings."""
import json

from ... import files

NAME = 'manifest.jsonl'
VERDICTS = ('kept', 'refused', 'duplicate', 'tiny', 'broken')


class Manifest:
    """What has been decided, in a file that only ever grows.

    Parameters
    ----------
    folder : pathlib.Path
        Where ``manifest.jsonl`` is, or will be.
    settings : dict
        All that the verdicts depend on. They are the first line, and the same again whenever the work goes on.
    batch : int
        Rows that are added at a time. What a killed process left behind of such a batch is dropped, so that the next one sees the
        same batches as one that was never interrupted.

    Attributes
    ----------
    rows : list of dict
        The lines behind the first, in the order of the paths.

    Raises
    ------
    ValueError
        If the manifest there is of other settings, or is damaged elsewhere than at its end.
    """

    def __init__(self, folder, settings, batch):
        self.path, self.rows = folder / NAME, []
        if self.path.exists():
            self._take_up(settings, batch)
        else:
            _write(self.path, [settings])

    def add(self, rows):
        """Append a batch; it is on the disk when this returns."""
        files.append(self.path, _lines(rows))
        self.rows += rows

    def _take_up(self, settings, batch):
        lines = read(self.path)
        if not lines:                                  # the process died over the very first line
            return _write(self.path, [settings])
        differ = [name for name in {**settings, **lines[0]} if settings.get(name) != lines[0].get(name)]
        if differ:
            name = differ[0]
            raise ValueError(f'{self.path} was begun with {name} {_short(lines[0].get(name))}, and now it is {_short(settings.get(name))}: '
                             'go on with the same, or choose another folder')
        rows = lines[1:]
        if len(rows) < settings['images']:
            rows = rows[:len(rows) // batch * batch]
        # Not compared by the number of rows: a torn line is none, and has to go as well.
        if self.path.read_text() != _lines([settings, *rows]):
            _write(self.path, [settings, *rows])
        self.rows = rows


def read(path):
    """The lines of a manifest as dicts, the settings first; a last line that was cut off is left out.

    Raises
    ------
    ValueError
        If another line is no JSON object; the message names it.
    """
    from ...viz import read_history       # brings matplotlib, for which ``import gluon_gan.data`` should not wait
    lines = read_history(path)
    for number, line in enumerate(lines, 1):
        if not isinstance(line, dict) or (number > 1 and line.get('verdict') not in VERDICTS):
            raise ValueError(f'{path}, line {number} is no line of a manifest: delete the file to begin again')
    return lines


def counts(rows):
    """How many images have each verdict, as a dict; all verdicts are there."""
    found = [row['verdict'] for row in rows]
    return {verdict: found.count(verdict) for verdict in VERDICTS}


def _lines(rows):
    # In ASCII: names of files that are no valid text would otherwise be refused by the file.
    return ''.join(json.dumps(row, sort_keys=False) + '\n' for row in rows)


def _write(path, rows):
    with files.whole(path) as unfinished:
        unfinished.write_text(_lines(rows))


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + '...'
