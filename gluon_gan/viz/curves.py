"""Training curves: losses, probabilities and distances over the steps."""
import math
import os
from io import BytesIO

from matplotlib.figure import Figure as _Figure

from ..support.files import read_history

# The values of the standard GAN losses at equilibrium, where D(x) = D(G(z)) = 1/2 everywhere (Goodfellow et al. 2014,
# section 4.1). The loss of D is -ln 1/2 for a real image plus -ln 1/2 for a generated one; that of the non-saturating G
# is -ln 1/2.
EQUILIBRIUM = {'errD': ('2 ln 2', 2 * math.log(2)), 'errG': ('ln 2', math.log(2))}
COLOURS = {'errD': 'tab:blue', 'errG': 'tab:orange', 'D(x)': 'tab:green', 'D(G(z))': 'tab:red'}


class Figure(_Figure):
    """A matplotlib Figure that a notebook displays if it is the last value of a cell.

    A figure created without pyplot opens no window and is freed with its last reference, but Jupyter would print only
    its name. This class provides the image, which is never wider than the text of a notebook.
    """

    WIDEST = 800       # pixels

    def _repr_png_(self):
        buffer = BytesIO()
        self.savefig(buffer, format='png', dpi=min(self.dpi, self.WIDEST / self.get_figwidth()))
        return buffer.getvalue()


def curves(history, x='step', title=None, equilibrium=EQUILIBRIUM):
    """Plot the curves of a training.

    The losses are on the left and the probabilities on the right. A third panel shows the Fréchet distances, if there
    are any.

    Parameters
    ----------
    history : list of dict, or path
        One dict for each logging point, with the keys ``errD``, ``errG``, ``D(x)`` and ``D(G(z))``, such as
        ``{'step': 100, 'errD': 1.2, 'D(x)': 0.6}``; or a ``history.jsonl`` with one such object per line. An incomplete
        last line, left by a killed run, is ignored. Missing keys and null values are skipped.
    x : str
        The key of the horizontal axis, ``'step'`` or ``'epoch'``.
    title : str, optional
        Typically the full name of the data set.
    equilibrium : dict
        ``{'errD': (label, level), ...}``: horizontal lines at the value of a loss at equilibrium, where D cannot
        distinguish generated images from real ones. The default is for binary cross-entropy (2 ln 2 for D, ln 2 for G);
        pass ``{}`` for other losses. 'D(x)' is the level of both probabilities, 0.5 by default; it is 0.45 for real
        labels of 0.9.

    Returns
    -------
    Figure
        With two axes, or three if the history has distances.

    Raises
    ------
    ValueError
        If no point has the key `x`, or a line of the file is not JSON.
    """
    history = read_history(history) if isinstance(history, (str, os.PathLike)) else list(history)
    history = [point for point in history if x in point]
    if not history:
        raise ValueError(f'no point of the history has the key {x!r}: there is nothing to plot')
    distances = sorted({key for point in history for key in point if key.startswith('frechet_')})
    figure = Figure(figsize=(13.5 if distances else 9, 3.2), layout='constrained')
    losses, probabilities, *third = figure.subplots(1, 3 if distances else 2)
    panels = [(losses, ('errD', 'errG')), (probabilities, ('D(x)', 'D(G(z))')), *((axes, distances) for axes in third)]
    for axes, keys in panels:
        for key in keys:
            points = [(point[x], point[key]) for point in history if point.get(key) is not None]
            if points:
                # A single point does not make a line, so it gets a marker.
                marker = 'o' if len(points) == 1 else None
                axes.plot(*zip(*points), color=COLOURS.get(key), label=key, linewidth=1, marker=marker)
                if axes is losses and key in equilibrium:
                    label, level = equilibrium[key]
                    value = f'{level:.3f}'
                    label = f'{key} at equilibrium: {label}' + ('' if label == value else f' = {value}')
                    axes.axhline(level, color=COLOURS[key], linestyle=':', label=label)
        axes.set_xlabel(x)
    level = equilibrium.get('D(x)', (None, 0.5))[1]
    probabilities.axhline(level, color='grey', linestyle=':', label=f'equilibrium: {level:g}')
    losses.set_ylabel('loss')
    probabilities.set_ylabel('probability of being real')
    probabilities.set_ylim(-0.02, 1.02)
    for axes in third:
        axes.set_ylabel('distance')
        axes.set_ylim(bottom=0)
    for axes, _ in panels:
        if axes.lines:
            axes.legend(fontsize='x-small', loc='lower center', bbox_to_anchor=(0.5, 1), ncol=2, frameon=False)
    if title:
        figure.suptitle(title, fontsize='medium')
    return figure
