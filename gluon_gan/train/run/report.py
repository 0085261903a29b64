"""The final images of a run: samples, curves, the page and the animation."""
import logging

from PIL import Image

from ... import viz
from ..watch import page
from ..watch.measures import equilibrium
from .settings import task_module

log = logging.getLogger('gluon_gan')


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
        levels = equilibrium(game.loss, game.real_label)
        paths['curves'] = viz.save(viz.curves(history, title=title, equilibrium=levels), folder / 'curves.png')
    paths['page'] = page.write(folder)
    grids = readable(sorted((folder / 'samples').glob('step-*.png')))
    if grids:
        paths['progress'] = viz.animate(grids, folder / 'progress.gif')
    return paths


def readable(paths):
    """The images of some files, as a list of PIL.Image, without those that cannot be read.

    A warning names the first of them, and says how many there are. All images have the size of the last one: a file
    that was replaced by one of another size is left out, too.
    """
    images, bad = [], []
    for path in paths:
        try:
            with Image.open(path) as image:
                images.append((path, image.copy()))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:    # SyntaxError: a broken PNG
            bad.append((path, str(error)))
    size = images[-1][1].size if images else None
    bad += [(path, f'it has another size than {images[-1][0].name}') for path, image in images if image.size != size]
    if bad:
        path, reason = bad[0]
        log.warning('%s of %s sample grids are left out of progress.gif, such as %s: %s', len(bad), len(paths), path,
                    reason)
    return [image for _, image in images if image.size == size]
