"""The final images of a run: samples, curves, the page and the animation."""
from ... import losses, viz
from ..watch import page
from .settings import task_module


def write_report(run):
    """Write the task's images, ``curves.png``, ``index.html`` and ``progress.gif`` into the folder of a run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict of pathlib.Path
        The files by what they show.
    """
    folder, game = run.folder, run.trainer.game
    paths = task_module(run.settings.task).final_images(folder, run.trainer, run.settings)
    history = viz.read_history(folder / 'history.jsonl')
    if history:
        title = f'{folder.name}: {run.provenance.data_name}'
        levels = losses.equilibrium(game.loss, game.real_label)
        paths['curves'] = viz.save(viz.curves(history, title=title, equilibrium=levels), folder / 'curves.png')
    paths['page'] = page.write(folder)
    grids = sorted((folder / 'samples').glob('step-*.png'))
    paths['progress'] = viz.animate(grids, folder / 'progress.gif')
    return paths
