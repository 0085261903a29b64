"""The folder of a run. It appears complete or not at all.

::

    runs/NAME/config.json              the settings of the run, the data it was trained on, and the versions
              history.jsonl            one record per logging interval
              samples/step-0001000.png images generated from the same noise
              checkpoints/step-0001000.npz  the state that --resume continues from, and the last few before it;
                                       best.npz if it was asked for
              index.html               a page with all of this, updated during the training
              alarms.jsonl             problems of the training, described in words
              events/                  for TensorBoard
              samples.png curves.png progress.gif    written at the end
"""
import json
import shutil
import tempfile
from pathlib import Path

from ...support import files, renamed, storage
from ...support.checks import path_or_name
from .. import checkpoint
from .provenance import Provenance
from .settings import Settings

REQUIRED = ('data', 'data_name', 'size', 'batch_size', 'epochs', 'steps', 'decay', 'seed')     # keys of a config.json
INCOMPLETE = '.incomplete'      # suffix of the temporary folder in which a run is created


def check_name(name):
    """Raise ValueError unless ``name`` can be the name of a run: that of one folder, which is not hidden."""
    if not isinstance(name, str) or not name.strip() or name != Path(name).name or name.startswith('.') or '\0' in name:
        raise ValueError(f'--name {name!r} must be the name of a folder, such as mnist-2, without a path: --runs says '
                         'where it is created')


def create(parent, name, add_number, write_contents):
    """Create the folder of a run, ``parent/name``.

    The folder is filled under a temporary name and then renamed, so it appears complete or not at all. If two processes
    create a run at the same time, they get different folders. Temporary folders of processes that were killed are
    removed by the next call.

    Parameters
    ----------
    parent : path-like
    name : str
    add_number : bool
        Whether to append -2, -3 ... to the name if it is taken.
    write_contents : callable
        Called with the temporary folder. It writes the first files of the run.

    Returns
    -------
    pathlib.Path
        Its ``checkpoints`` folder is locked for this process (:func:`gluon_gan.support.files.lock`).

    Raises
    ------
    ValueError
        If the name is taken or the folder cannot be written.
    """
    parent = Path(parent)
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(parent)
        incomplete = Path(tempfile.mkdtemp(dir=parent, prefix='.', suffix=INCOMPLETE))
        try:
            (incomplete / 'checkpoints').mkdir()
            # mkdtemp makes the folder private, which would hide the run from other users.
            incomplete.chmod((incomplete / 'checkpoints').stat().st_mode)
            files.lock(incomplete / 'checkpoints')
            write_contents(incomplete)
            folder = _rename(incomplete, parent, name, add_number)
            files.lock(folder / 'checkpoints', part_of=folder)       # its new place
        except BaseException:
            _remove(incomplete)
            raise
        files.sync_folder(parent)
        return folder
    except OSError as error:
        why = f'{parent} is not a folder' if parent.exists() and not parent.is_dir() else error.strerror
        raise ValueError(f'cannot write to {parent / name} ({why}): choose another folder') from error


def _rename(incomplete, parent, name, add_number):
    """Rename a folder to the first free name. No file system renames a folder onto one that is not empty."""
    number = 1
    while True:
        folder = parent / (name if number == 1 else f'{name}-{number}')
        try:
            return incomplete.rename(folder)
        except OSError as error:
            if not folder.exists():
                raise
            if not add_number:
                raise ValueError(f'{folder} already exists: choose another name, or resume the run with '
                                 '--resume') from error
            number += 1


def _remove_abandoned(parent):
    """Remove the temporary folders of processes that were killed; those of running processes are locked."""
    for suffix in (INCOMPLETE, *renamed.RUN_FOLDER_SUFFIXES):
        for abandoned in parent.glob(f'.*{suffix}'):
            if (abandoned / 'checkpoints' / '.lock').exists():
                try:
                    files.lock(abandoned / 'checkpoints')
                except ValueError:
                    continue
                _remove(abandoned)


def _remove(incomplete):
    if (incomplete / 'checkpoints' / '.lock').exists():
        files.unlock(incomplete / 'checkpoints')
    shutil.rmtree(incomplete, ignore_errors=True)


def find(path):
    """The folder of a run and the checkpoint to load.

    Parameters
    ----------
    path : path-like
        The folder of the run, for its newest checkpoint, or the path of one of its checkpoints.

    Returns
    -------
    (pathlib.Path, pathlib.Path)
        Neither needs to exist.
    """
    path = Path(path_or_name('path', path))
    file = checkpoint.file_of(path)
    if path.is_dir() or not (file.exists() or path.suffix == '.npz'):
        return path, checkpoint.file_of(path / 'checkpoints') if path.is_dir() else file
    return file.parent.parent, file


def write_config(folder, settings, provenance):
    """Write ``config.json``, completely or not at all."""
    with files.atomic_write(Path(folder) / 'config.json') as unfinished:
        config = {**settings.to_config(), **provenance.to_config()}
        # `item` turns a number of NumPy into one of Python.
        unfinished.write_text(json.dumps(config, indent=2, default=lambda value: value.item()) + '\n')


def read_config(folder):
    """The contents of the ``config.json`` in the folder of a run.

    Returns
    -------
    dict
        With the current names of data sets and presets, whatever version wrote the file.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If ``folder`` is not a run, or the file is damaged.
    """
    path = Path(folder) / 'config.json'
    try:
        config = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise storage.StorageError(f'{folder} is not a run: it has no readable config.json') from error
    except OSError as error:
        raise storage.StorageError(f'{path} cannot be read ({error.strerror}): check its permissions') from error
    except ValueError as error:
        raise storage.StorageError(f'{path} is damaged: it is not JSON') from error
    missing = [name for name in REQUIRED if name not in config] if isinstance(config, dict) else list(REQUIRED)
    if missing:
        raise storage.StorageError(f'{path} is damaged: it has no {missing[0]!r}')
    return renamed.config(config)


def read_settings(folder):
    """(Settings, Provenance): the ``config.json`` in the folder of a run; errors are those of :func:`read_config`."""
    config = read_config(folder)
    try:
        settings = Settings.from_config(config)
        return settings, Provenance.from_config(config, settings)
    except ValueError as error:
        raise storage.StorageError(f"{Path(folder) / 'config.json'} is damaged: {error}") from error
