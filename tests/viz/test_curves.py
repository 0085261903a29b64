"""Training curves."""
import io
import json
import subprocess
import sys

import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from gluon_gan import viz

HISTORY = [{'step': 10 * i, 'epoch': i / 4, 'errD': 1.4 - i / 10, 'errG': 0.7 + i / 10, 'D(x)': 0.6, 'D(G(z))': 0.4}
           for i in range(5)]


def test_curves_show_the_history_and_the_equilibria():
    figure = viz.curves(HISTORY, title='mnist stand-in')
    losses, _ = figure.axes
    lines = {line.get_label(): line for axes in figure.axes for line in axes.lines}
    assert lines['errD'].get_ydata().tolist() == [point['errD'] for point in HISTORY]
    assert lines['D(G(z))'].get_xdata().tolist() == [0, 10, 20, 30, 40]
    assert lines['errD at equilibrium: 2 ln 2 = 1.386'].get_ydata()[0] == pytest.approx(1.386294)
    assert lines['errG at equilibrium: ln 2 = 0.693'].get_ydata()[0] == pytest.approx(0.693147)
    assert lines['equilibrium: 0.5'].get_ydata()[0] == 0.5
    assert figure.get_suptitle() == 'mnist stand-in' and losses.get_xlabel() == 'step'


def test_the_label_of_an_equilibrium_does_not_repeat_its_number():
    figure = viz.curves(HISTORY, equilibrium={'errD': ('1.376', 1.3763), 'D(x)': ('0.45', 0.45)})
    assert [line.get_label() for line in figure.axes[1].lines] == ['D(x)', 'D(G(z))', 'equilibrium: 0.45']
    assert [line.get_label() for line in figure.axes[0].lines] == ['errD', 'errD at equilibrium: 1.376', 'errG']


def test_curves_skip_missing_values():
    history = [{'epoch': 1, 'errD': 1.0}, {'step': 5}, {'epoch': 2, 'errD': None, 'errG': 2.0}]
    figure = viz.curves(history, x='epoch', equilibrium={})
    lines = {line.get_label(): line.get_xdata().tolist() for line in figure.axes[0].lines}
    assert lines == {'errD': [1], 'errG': [2]}


def test_curves_read_a_file(tmp_path):
    path = tmp_path / 'history.jsonl'
    path.write_text('\n'.join(map(json.dumps, HISTORY)) + '\n{"step": 50, "er')
    assert len(viz.curves(path).axes[0].lines[0].get_xdata()) == 5
    path.write_text('{"step": 1}\nhello\n{"step": 2}\n')
    with pytest.raises(ValueError, match="line 2 is not JSON: 'hello'"):
        viz.curves(str(path))


@pytest.mark.parametrize('history', [[], [{'errD': 1}]])
def test_empty_history_is_named(history):
    with pytest.raises(ValueError, match="no point of the history has the key 'step'"):
        viz.curves(history)


def test_notebook_shows_the_figure_as_png_only():
    data, _ = DisplayFormatter().format(viz.curves(HISTORY))
    assert data['image/png'] and 'image/jpeg' not in data and ' at 0x' not in data['text/plain']


def test_figures_need_no_mxnet_and_no_pyplot():
    code = ('import sys; from gluon_gan import viz; viz.curves([{"step": 1, "errD": 1.0}])._repr_png_(); '
            'found = {"mxnet", "matplotlib.pyplot"} & set(sys.modules); sys.exit(str(found) if found else 0)')
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize('inches, dpi, width', [(5, 100, 500), (12, 100, 800), (4, 300, 800), (6, 70, 420)])
def test_a_notebook_shows_no_figure_that_is_wider_than_its_text(inches, dpi, width):
    figure = viz.Figure(figsize=(inches, 2))
    figure.set_dpi(dpi)
    assert Image.open(io.BytesIO(figure._repr_png_())).width == width
