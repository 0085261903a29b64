"""The manifest of a curation: a JSON Lines file with the settings in its first line, then one line for each image."""
import json

from ..support import files, renamed

NAME = 'manifest.jsonl'
DECISIONS = ('kept', 'refused', 'duplicate', 'tiny', 'broken')


class Manifest:
    """The decisions of a curation, in an append-only file.

    If the file exists already, its rows are read. A process that was killed while it wrote a batch leaves an incomplete
    batch behind. Those rows are discarded, so that a resumed curation processes the same batches as an uninterrupted
    one. A manifest in the format of an earlier version is rewritten in the current one.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that holds, or will hold, ``manifest.jsonl``.
    settings : dict
        Everything that the decisions depend on. It is written to the first line, and must be the same when the curation
        is resumed.
    batch : int
        The number of rows that are added at a time.

    Attributes
    ----------
    rows : list of dict
        All lines but the first, in the order of the paths.

    Raises
    ------
    ValueError
        If the existing manifest has other settings, or is damaged before its last line.
    """

    def __init__(self, folder, settings, batch):
        self.path, self.rows = folder / NAME, []
        if self.path.exists():
            self._resume(settings, batch)
        else:
            _write(self.path, [settings])

    def add(self, rows):
        """Append a batch. The rows are on the disk when this returns."""
        files.append(self.path, _lines(rows))
        self.rows += rows

    def _resume(self, settings, batch):
        lines = read(self.path)
        if not lines:                                  # the process was killed while it wrote the first line
            return _write(self.path, [settings])
        differ = [name for name in {**settings, **lines[0]} if settings.get(name) != lines[0].get(name)]
        if differ:
            name = differ[0]
            raise ValueError(f'{self.path} was started with {name} {_short(lines[0].get(name))}, and now it is '
                             f'{_short(settings.get(name))}: use the same settings, or choose another folder')
        rows = lines[1:]
        if len(rows) < settings['images']:
            rows = rows[:len(rows) // batch * batch]
        # The text is compared, not the number of rows: an incomplete last line is not a row, and must be removed too.
        if self.path.read_text() != _lines([settings, *rows]):
            _write(self.path, [settings, *rows])
        self.rows = rows


def read(path):
    """Read the lines of a manifest, the settings first. An incomplete last line is left out.

    Returns
    -------
    list of dict
        Keys that earlier versions named differently have their current names.

    Raises
    ------
    ValueError
        If another line is not a JSON object of a manifest; the message names the line.
    """
    lines = files.read_history(path)
    for number, line in enumerate(lines, 1):
        if isinstance(line, dict):
            line = lines[number - 1] = {renamed.MANIFEST.get(key, key): value for key, value in line.items()}
        if not isinstance(line, dict) or (number > 1 and line.get('decision') not in DECISIONS):
            raise ValueError(f'{path}, line {number} is not a line of a manifest: delete the file to start again')
    return lines


def counts(rows):
    """dict: the number of images for each decision, including decisions that never occurred."""
    found = [row['decision'] for row in rows]
    return {decision: found.count(decision) for decision in DECISIONS}


def _lines(rows):
    # ASCII only: file names that are not valid Unicode could not be written otherwise.
    return ''.join(json.dumps(row, sort_keys=False) + '\n' for row in rows)


def _write(path, rows):
    with files.atomic_write(path) as unfinished:
        unfinished.write_text(_lines(rows))


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + '...'
