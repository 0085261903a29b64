"""Run each lesson with changed parameters, as a student would: python tools/vary_lessons.py [NOTEBOOK ...]

The variations are in the metadata of the notebook: three dicts of parameter and value. A lesson passes if no cell
raises an exception. Nothing is written.
"""
import argparse
import ast
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]


def vary(source, variation):
    """The source of a parameter cell with other values. Comments are kept.

    Parameters
    ----------
    source : str
        One assignment per line.
    variation : dict
        Parameters and their new values.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a parameter is not assigned there.
    """
    lines, missing = source.splitlines(), dict(variation)
    for node in ast.parse(source).body:
        name = node.targets[0].id
        if name in missing:
            comment = lines[node.end_lineno - 1][node.end_col_offset:]
            lines[node.lineno - 1:node.end_lineno] = (
                [f'{name} = {missing.pop(name)!r}{comment}'] + [''] * (node.end_lineno - node.lineno))
    if missing:
        raise ValueError(f'{next(iter(missing))} is not among the parameters of this lesson')
    return '\n'.join(lines)


def run(path, variation, seconds=1200):
    """Execute a notebook with changed parameters.

    Parameters
    ----------
    path : pathlib.Path
    variation : dict
    seconds : int
        The most that one cell may take.

    Returns
    -------
    str or None
        The last line of the exception and the cell that raised it; None if there was none.
    """
    nb = nbformat.read(path, as_version=4)
    cell = next(cell for cell in nb.cells if 'parameters' in cell.metadata.get('tags', []))
    cell.source = vary(cell.source, variation)
    client = NotebookClient(nb, timeout=seconds, kernel_name='python3',
                            resources={'metadata': {'path': str(path.parent)}})
    try:
        client.execute()
    except CellExecutionError as error:
        source = next(cell.source for cell in nb.cells if any(
            output.output_type == 'error' for output in cell.get('outputs', [])))
        return f'{error.ename}: {error.evalue}\n{source}'
    return None


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('notebooks', nargs='*', type=Path, help='lessons (all)')
    args = parser.parse_args(argv)
    os.environ.update(GLUON_GAN_OFFLINE='1', PYTHONPATH=str(ROOT))
    failed = 0
    for path in args.notebooks or [*sorted((ROOT / 'notebooks').glob('[0-9]*.ipynb')),
                                   *sorted((ROOT / 'notebooks').glob('appendix_*.ipynb'))]:
        try:
            variations = nbformat.read(path, as_version=4).metadata['gluon_gan']['variations']
        except (OSError, ValueError, KeyError) as error:
            parser.error(f'{path} is not a lesson with variations ({type(error).__name__})')
        for variation in variations:
            began = time.monotonic()
            error = run(path.resolve(), variation)
            failed += error is not None
            values = ', '.join(f'{name} = {value!r}' for name, value in variation.items())
            print(f'{path.stem}: {values}: {error or "passed"} ({time.monotonic() - began:.0f} s)', flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
