"""A notebook in the page of JupyterLab: open it, run all of its cells, and read what the page shows."""
import time
from typing import NamedTuple
from urllib.parse import quote

STARTING = 60       # seconds for the page, and for a kernel to start
DISPLAYING = 20        # seconds for a widget to appear

READY = """
const panel = window.jupyterapp?.shell.currentWidget;
return Boolean(panel?.content?.model && panel.sessionContext?.session?.kernel?.status === 'idle');
"""
RUN = """
const panel = jupyterapp.shell.currentWidget;
window.lesson = {state: 'running', sent: []};
const end = state => { if (window.lesson.state === 'running') window.lesson.state = state; };
panel.sessionContext.statusChanged.connect((_, status) => {
    if (['dead', 'autorestarting', 'terminating'].includes(status)) end('the kernel died');
});
panel.sessionContext.session.kernel.anyMessage.connect((_, {msg, direction}) => {
    const state = msg.header.msg_type === 'comm_msg' && msg.content.data?.state, value = state?.value ?? state?.index;
    if (direction === 'send' && typeof value === 'number') window.lesson.sent.push(value);
});
jupyterapp.commands.execute('notebook:run-all-cells').then(() => end('done'), error => end(String(error)));
"""
IDLE = "return jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle';"
CELLS = """
return [...jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code' && cell.sharedModel.getSource().trim())
    .map(cell => ({executed: cell.executionCount !== null, outputs: cell.outputs.toJSON().map(output => ({
        type: output.output_type, name: output.name || '', text: [output.text || ''].flat().join(''),
        error: output.ename ? `${output.ename}: ${output.evalue}` : '',
        widget: 'application/vnd.jupyter.widget-view+json' in (output.data || {})}))}));
"""
# What the page shows of the outputs, those inside Output widgets included, and the widgets that it could not show.
# Tracebacks are in boxes of the same type as stderr. IPython begins them with a line of dashes.
SHOWN = """
const all = query => [...jupyterapp.shell.currentWidget.node.querySelectorAll(query)];
const output = '.jp-OutputArea-output';
const boxes = all(`${output}[data-mime-type="application/vnd.jupyter.stderr"]`).map(box => box.innerText);
return {
    stderr: boxes.filter(text => !/^-{20}/.test(text)),
    errors: boxes.filter(text => /^-{20}/.test(text)),
    views: all(`${output} .jupyter-widgets`).filter(view => !view.parentElement.closest('.jupyter-widgets')).length,
    broken: all(`.jupyter-widgets-error-widget, ${output}`).filter(box => !box.querySelector(output)
        && /^\\s*(Error displaying widget|Error creating widget|Loading widget)/.test(box.innerText)).length,
};
"""


class Seen(NamedTuple):
    """What a notebook shows after Run All.

    Attributes
    ----------
    cells, executed : int
        Code cells that are not empty, and those of them that were executed.
    errors, stderr : list of str
        The last line of each traceback, and the first line of each stderr box.
    widgets : int
        Outputs that are widgets.
    problems : list of str
        Other faults, each in one line.
    """
    cells: int
    executed: int
    errors: list
    stderr: list
    widgets: int
    problems: list


def open_notebook(driver, lab, path):
    """Open a notebook, and wait for its kernel; TimeoutError if that takes longer than `STARTING` seconds.

    Parameters
    ----------
    driver : selenium.webdriver.Chrome
    lab : .server.Lab
    path : str
        Relative to the folder that `lab` shows, with slashes.
    """
    driver.set_script_timeout(STARTING)
    driver.get(f'{lab.address}lab/tree/{quote(path)}?reset&token={lab.token}')
    until(lambda: driver.execute_script(READY), STARTING, 'the notebook or its kernel did not start')


def run_all(driver, limit):
    """Execute the command of the menu Run, Run All Cells, and wait for its end.

    Returns
    -------
    list of str
        Empty, or the reason why the cells did not run to the end.
    """
    driver.execute_script(RUN)
    try:
        until(lambda: driver.execute_script('return lesson.state') != 'running', limit, f'did not end in {limit:g} s')
        state = driver.execute_script('return lesson.state')
        if state != 'done':
            return [state]
        until(lambda: driver.execute_script(IDLE), STARTING, 'the kernel was busy after the last cell')
    except TimeoutError as error:
        return [str(error)]
    return []


def read(driver):
    """The outputs that the page shows, as :class:`Seen`."""
    cells = driver.execute_script(CELLS)
    outputs = [output for cell in cells for output in cell['outputs']]
    widgets, problems = sum(output['widget'] for output in outputs), []
    try:
        until(lambda: _displayed(driver.execute_script(SHOWN), widgets), DISPLAYING, '')
    except TimeoutError:
        shown = driver.execute_script(SHOWN)
        problems.append(f"{shown['views']} of {widgets} widgets are displayed, {shown['broken']} with an error")
    shown, sent = driver.execute_script(SHOWN), driver.execute_script('return lesson.sent')
    if sent:
        # ipywidgets rounds the value of a FloatSlider to a multiple of its step when it displays the slider, and sends
        # the result to the kernel, where it replaces what later cells have set.
        problems.append(f'the page set a slider to {sent[0]:g} before it was moved: use gluon_gan.latent.Sliders')
    errors = [output['error'] for output in outputs if output['type'] == 'error']
    stderr = [output['text'] for output in outputs if output['name'] == 'stderr']
    # The page shows at least the outputs of the cells. More of them are inside Output widgets.
    errors = errors if len(errors) >= len(shown['errors']) else shown['errors']
    stderr = stderr if len(stderr) >= len(shown['stderr']) else shown['stderr']
    return Seen(len(cells), sum(cell['executed'] for cell in cells), [_line(text, -1) for text in errors],
                [_line(text, 0) for text in stderr], widgets, problems)


def close(driver):
    """Save the copy of the notebook, and shut its kernel down."""
    driver.execute_async_script("""
        const finished = arguments[0], panel = jupyterapp.shell.currentWidget;
        panel.context.save().then(() => panel.sessionContext.shutdown()).then(() => finished(), () => finished());
    """)


def until(condition, seconds, reason):
    """Wait until ``condition()`` is true; TimeoutError with `reason` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(reason)
        time.sleep(0.1)


def _displayed(shown, widgets):
    return shown['views'] >= widgets and not shown['broken']


def _line(text, which):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[which][:200] if lines else '(empty)'
