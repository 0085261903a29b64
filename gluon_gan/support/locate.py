"""The folder of the data sets, that of the cache, and whether the network may be used."""
import os
from pathlib import Path


def root():
    """The folder that contains one folder for each data set.

    It is ``$GLUON_GAN_DATA`` if that is set. Otherwise it is ``datasets/`` of the checkout that this package runs from,
    or else Gluon's own folder, ``~/.mxnet/datasets`` (or ``$MXNET_HOME/datasets``), which may not exist yet.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    NotADirectoryError
        If ``$GLUON_GAN_DATA`` is not a folder.
    """
    chosen = os.environ.get('GLUON_GAN_DATA')
    if chosen:
        folder = Path(os.path.expanduser(chosen))     # pathlib's expanduser raises for an unknown user
        if not folder.is_dir():
            raise NotADirectoryError(f'GLUON_GAN_DATA={chosen} is not a folder: '
                                     'create it, correct it, or unset GLUON_GAN_DATA')
        return folder
    checkout = Path(__file__).resolve().parents[2]
    # In an installed package parents[2] is site-packages, where `datasets` may be another package.
    if (checkout / 'pyproject.toml').is_file() and (checkout / 'datasets').is_dir():
        return checkout / 'datasets'
    return Path(os.environ.get('MXNET_HOME') or Path.home() / '.mxnet').expanduser() / 'datasets'


def cache():
    """The folder of what can be made again: decoded images, and the compiled operators of the fast step.

    It is ``$GLUON_GAN_CACHE`` if that is set, otherwise ``gluon_gan`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.

    Returns
    -------
    pathlib.Path
        It may not exist yet.

    Raises
    ------
    NotADirectoryError
        If the path begins with a home folder, and there is none.
    """
    name = next((name for name in ('GLUON_GAN_CACHE', 'XDG_CACHE_HOME') if os.environ.get(name)), None)
    chosen = Path(os.environ[name] if name else '~/.cache')
    try:
        return chosen.expanduser() / ('' if name == 'GLUON_GAN_CACHE' else 'gluon_gan')
    except RuntimeError:             # a container may run as a user without a home folder
        reason = f'{name}={chosen} names a home folder that does not exist' if name else 'this user has no home folder'
        raise NotADirectoryError(f'{reason}: set GLUON_GAN_CACHE to a folder') from None


def offline():
    """Whether ``$GLUON_GAN_OFFLINE`` forbids the use of the network: it is set, and neither empty nor 0."""
    return os.environ.get('GLUON_GAN_OFFLINE', '') not in ('', '0')
