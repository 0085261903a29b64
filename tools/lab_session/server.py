"""A JupyterLab on 127.0.0.1 with its own settings, which reads and writes inside one temporary folder only."""
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import NamedTuple

# JupyterLab asks for news and updates, and offers extensions, over the network; each is switched off here.
SETTINGS = {
    '@jupyterlab/apputils-extension:notification': {'fetchNews': 'false', 'checkForUpdates': False},
    '@jupyterlab/extensionmanager-extension:plugin': {'enabled': False},
    # All cells stay in the page, so that all outputs can be read from it.
    '@jupyterlab/notebook-extension:tracker': {'windowingMode': 'none'},
}
GRACE = 15      # seconds for the server and its kernels to end


class Lab(NamedTuple):
    """A running JupyterLab: its address, which ends with a slash, and the token that it asks for."""
    address: str
    token: str


@contextmanager
def running(root, own, variables):
    """Start JupyterLab, and stop it and its kernels at the end.

    Parameters
    ----------
    root : pathlib.Path
        The folder that JupyterLab shows.
    own : pathlib.Path
        An empty folder for its configuration, data, run files, settings and workspaces.
    variables : dict of str
        Environment variables of the kernels, in addition to those of this process.

    Yields
    ------
    Lab

    Raises
    ------
    RuntimeError
        If JupyterLab ends at once, or does not answer within a minute.
    """
    token, port, log = secrets.token_hex(16), _free_port(), own / 'lab.log'
    command = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--ip=127.0.0.1', f'--port={port}', '--allow-root',
               '--ServerApp.port_retries=0', f'--ServerApp.root_dir={root}', '--expose-app-in-browser',
               '--LabApp.extension_manager=readonly']
    environment = {**os.environ, **variables, **_folders(own), 'JUPYTER_TOKEN': token}
    for name in ('JUPYTER_PATH', 'JUPYTER_CONFIG_PATH'):
        environment.pop(name, None)
    with open(log, 'wb') as output:
        process = subprocess.Popen(command, env=environment, cwd=root, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    try:
        _until_it_listens(process, port, log)
        yield Lab(f'http://127.0.0.1:{port}/', token)
    finally:
        _stop(process)


def _folders(own):
    """dict of str: the variables that keep everything JupyterLab and IPython write in the folder `own`."""
    names = {'JUPYTER_CONFIG_DIR': 'config', 'JUPYTER_DATA_DIR': 'data', 'JUPYTER_RUNTIME_DIR': 'runtime',
             'JUPYTERLAB_SETTINGS_DIR': 'settings', 'JUPYTERLAB_WORKSPACES_DIR': 'workspaces', 'IPYTHONDIR': 'ipython'}
    for folder in names.values():
        (own / folder).mkdir()
    for plugin, values in SETTINGS.items():
        package, _, name = plugin.partition(':')
        path = own / 'settings' / package / f'{name}.jupyterlab-settings'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    return {variable: str(own / folder) for variable, folder in names.items()}


def _free_port():
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return listener.getsockname()[1]


def _until_it_listens(process, port, log, seconds=60):
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(('127.0.0.1', port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    lines = log.read_text(errors='replace').strip().splitlines()
    state = f'did not answer within {seconds} s' if process.poll() is None else f'ended with {process.returncode}'
    raise RuntimeError(f"JupyterLab {state}: {lines[-1] if lines else 'it printed nothing'}")


def _stop(process):
    """End the server, which ends its kernels; after `GRACE` seconds, kill what is left of its process group."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
