"""The folder of a run, which appears complete or not at all.

::

    runs/NAME/config.json              what was asked for, what data it really was, and the versions
              history.jsonl            a line per logging point
              samples/step-0001000.png pictures of the same noise
              checkpoints/step-0001000.npz  what --resume goes on from, and a few before it; best.npz where asked for
              index.html               all of it on one page, kept up to date while it trains
              alarms.jsonl             what went wrong, in words
              events/                  for TensorBoard
              samples.png curves.png progress.gif    written at the end
"""
import json
import shutil
import tempfile
from pathlib import Path

from .. import files, storage
from . import checkpoint

NEEDED = ('data', 'data_name', 'size', 'batch_size', 'epochs', 'steps', 'decay', 'seed')     # of a config.json, to go on
UNBORN = '.unborn'      # how the folder of a run ends that has no name yet


def claim(parent, name, numbered, fill):
    """Make the folder ``parent/name`` with what ``fill(folder)`` writes to it; what was killed on the way is swept next time.

    Its ``checkpoints`` are locked for this process (:func:`gluon_gan.files.lock`). Where the name is taken, ``numbered`` says
    whether -2, -3 ... will do; two trainings that begin together cannot get the same one.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If the name is taken or the folder cannot be written.
    """
    parent = Path(parent)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _sweep(parent)
        unborn = Path(tempfile.mkdtemp(dir=parent, prefix='.', suffix=UNBORN))
        try:
            (unborn / 'checkpoints').mkdir()
            unborn.chmod((unborn / 'checkpoints').stat().st_mode)      # mkdtemp's 0700 would hide the run from others
            files.lock(unborn / 'checkpoints')
            fill(unborn)
            folder = _rename(unborn, parent, name, numbered)
        except BaseException:
            _remove(unborn)
            raise
        files.sync_folder(parent)
        return folder
    except OSError as error:
        why = f'{parent} is no folder' if parent.exists() and not parent.is_dir() else error.strerror
        raise ValueError(f'cannot write to {parent / name} ({why}): choose another place') from error


def _rename(unborn, parent, name, numbered):
    """Give a folder the first name that is free: no file system renames onto a folder with something in it."""
    number = 1
    while True:
        folder = parent / (name if number == 1 else f'{name}-{number}')
        try:
            return unborn.rename(folder)
        except OSError as error:
            if not folder.exists():
                raise
            if not numbered:
                raise ValueError(f'{folder} is there already: choose another name, or go on with it by --resume') from error
            number += 1


def _sweep(parent):
    """Remove the folders of trainings that were killed before they had a name; those of living ones are locked."""
    for left in parent.glob(f'.*{UNBORN}'):
        if (left / 'checkpoints' / '.lock').exists():
            try:
                files.lock(left / 'checkpoints')
            except ValueError:
                continue
            _remove(left)


def _remove(unborn):
    if (unborn / 'checkpoints' / '.lock').exists():
        files.unlock(unborn / 'checkpoints')
    shutil.rmtree(unborn, ignore_errors=True)


def find(path):
    """A run's folder and the checkpoint to load, of what a person names: the folder, or one of its checkpoints."""
    path = Path(path)
    file = checkpoint.file_of(path)
    if path.is_dir() or not (file.exists() or path.suffix == '.npz'):
        return path, checkpoint.file_of(path / 'checkpoints') if path.is_dir() else file
    return file.parent.parent, file


def write_config(folder, config):
    """Write ``config.json``, whole or not at all."""
    with files.whole(Path(folder) / 'config.json') as unfinished:
        unfinished.write_text(json.dumps(config, indent=2) + '\n')


def read_config(folder):
    """dict: the ``config.json`` of a run's folder.

    Raises
    ------
    gluon_gan.storage.StorageError
        If ``folder`` is no run, or the file is damaged.
    """
    path = Path(folder) / 'config.json'
    try:
        config = json.loads(path.read_text())
    except OSError as error:
        raise storage.StorageError(f'{folder} is no run: it has no readable config.json') from error
    except ValueError as error:
        raise storage.StorageError(f'{path} is damaged: it is not JSON') from error
    missing = [name for name in NEEDED if name not in config] if isinstance(config, dict) else list(NEEDED)
    if missing:
        raise storage.StorageError(f'{path} is damaged: it has no {missing[0]!r}')
    return config
