"""Where the data sets lie."""
import os
from pathlib import Path


def root():
    """The folder that holds one folder for each data set.

    It is ``$GLUON_GAN_DATA`` where that is set, else ``datasets/`` of the checkout that this package runs from, else
    Gluon's own, ``~/.mxnet/datasets`` (or ``$MXNET_HOME/datasets``), which need not exist yet.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    NotADirectoryError
        If ``$GLUON_GAN_DATA`` names something that is no folder.
    """
    chosen = os.environ.get('GLUON_GAN_DATA')
    if chosen:
        folder = Path(os.path.expanduser(chosen))     # pathlib's raises for an unknown user
        if not folder.is_dir():
            raise NotADirectoryError(f'GLUON_GAN_DATA={chosen} is not a folder: '
                                     'make it, correct it, or unset GLUON_GAN_DATA')
        return folder
    checkout = Path(__file__).resolve().parents[2]
    # Installed, parents[2] is site-packages, where a `datasets` may be somebody else's package.
    if (checkout / 'pyproject.toml').is_file() and (checkout / 'datasets').is_dir():
        return checkout / 'datasets'
    return Path(os.environ.get('MXNET_HOME') or Path.home() / '.mxnet').expanduser() / 'datasets'


def offline():
    """Whether ``$GLUON_GAN_OFFLINE`` forbids the network: any value but the empty one and 0 does."""
    return os.environ.get('GLUON_GAN_OFFLINE', '') not in ('', '0')
