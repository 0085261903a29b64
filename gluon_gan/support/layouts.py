"""Find the files of a data set in the folders and under the names that other programs give them."""
import re
from pathlib import Path

from .locate import root

DEPTH = 3            # levels of folders that are searched below the folder of a set
MANY = 5             # more unread files in one folder are counted instead of named
SHOWN = 3            # unread files that a message names
IGNORED = frozenset('.md .html .lock .ds_store'.split())
COMPRESSED = ('.gz', '.xz', '.bz2')
UNREAD = {           # suffix: why a file is not read
    **dict.fromkeys(('.zip', '.7z', '.rar', '.tar', '.tgz'), 'unpack it'),
    **dict.fromkeys(('.pt', '.pth', '.pkl', '.pickle'), 'a pickle can run code'),
    **dict.fromkeys(('.csv', '.parquet', '.arrow', '.mat', '.h5', '.tfrecord'), 'another format'),
    '.part': 'an unfinished download',
}


def simplified(name):
    """str: a name in lower case without anything but letters and digits, so that spellings can be compared."""
    return re.sub('[^a-z0-9]', '', name.lower())


def places(name, *aliases):
    """The folders in the data root whose names differ from a name in case and punctuation only.

    Parameters
    ----------
    name : str
        The name of the data set.
    *aliases : str
        Other names that its folder may have.

    Returns
    -------
    list of pathlib.Path
        ``root()/name`` comes first, if it exists.
    """
    wanted = {simplified(other) for other in (name, *aliases)}
    found = [path for path in listed(root()) if path.is_dir() and simplified(path.name) in wanted]
    return sorted(found, key=lambda path: (path.name != name, path.name))


def locate(find, name, *aliases):
    """The first result of ``find(folder)`` that is not None, over :func:`places`; None if there is none."""
    return next((found for found in map(find, places(name, *aliases)) if found is not None), None)


def child(folder, *names):
    """The entry of a folder whose name is one of `names` but for its case, the first name first; None without one."""
    entries = listed(folder)
    for name in names:
        if same := [path for path in entries if path.name.lower() == name.lower()]:
            return next((path for path in same if path.name == name), same[0])
    return None


def listed(folder):
    """The entries of a folder, sorted, without hidden ones; none if it cannot be read."""
    try:
        return sorted(path for path in Path(folder).iterdir() if not path.name.startswith('.'))
    except OSError:
        return []


def files_below(folder, enter=lambda path: True, depth=DEPTH):
    """Yield the files in a folder and below it, those of the upper levels first.

    Parameters
    ----------
    folder : path
    enter : callable
        ``enter(path)`` says whether to search a folder.
    depth : int
        The number of levels below `folder`.
    """
    level = [Path(folder)]
    for _ in range(depth + 1):
        entries = [path for parent in level for path in listed(parent)]
        level = [path for path in entries if path.is_dir() and enter(path)]
        yield from (path for path in entries if path.is_file())


def unread(pattern, is_read=lambda path: False):
    """Describe the files in the data root that seem to belong to a set and are not read.

    Parameters
    ----------
    pattern : str
        A regular expression that the :func:`simplified` name of a file or folder in the data root contains.
    is_read : callable
        ``is_read(path)`` says whether the set reads the file.

    Returns
    -------
    str
        At most three of them, each with its path and the reason; '' if there are none.
    """
    found = []
    for path in listed(root()):
        if re.search(pattern, simplified(path.name)):
            found += [path] if path.is_file() else files_below(path)
    by_folder = {}
    for path in found:
        if path.suffix.lower() not in IGNORED and (path.parent == root() or not is_read(path)):
            by_folder.setdefault(path.parent, []).append(path)
    entries = []
    for folder, paths in by_folder.items():
        if folder != root() and len(paths) > MANY:
            entries.append(f'{folder} with {len(paths):,} files, such as {paths[0].name}')
        else:
            entries += [f'{path} ({_reason(path, is_read(path))})' for path in paths]
    more = f' and {len(entries) - SHOWN:,} more' if len(entries) > SHOWN else ''
    return ', '.join(entries[:SHOWN]) + more


def _reason(path, known):
    """Why a file is not read; `known` says whether it would be in the folder of its set."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    reasons = [UNREAD[suffix] for suffix in suffixes[-1:] + suffixes if suffix in UNREAD]
    if known:
        return 'not in the folder of a set'
    compressed = suffixes and suffixes[-1] in COMPRESSED
    return next(iter(reasons), 'unpack it' if compressed else 'not a name that is read')
