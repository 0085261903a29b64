"""Made-up trees of modules, for tests of checks on the repository."""


def tree(folder, **files):
    """Write modules into a folder.

    Parameters
    ----------
    folder : Path
    **files : str
        Contents by name. A double underscore in a name stands for a slash, and ``init`` for ``__init__``:
        ``a__init`` is ``a/__init__.py``.

    Returns
    -------
    Path
        The folder.
    """
    for name, text in files.items():
        path = folder / (name.replace('__', '/').replace('init', '__init__') + '.py')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def count_lines(path):
    return len(path.read_text().splitlines())
