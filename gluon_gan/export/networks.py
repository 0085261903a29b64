"""Which networks a name stands for: those of a run, of a checkpoint, or of shipped weights."""

from ..train.run import source as runs
from ..translate import source as translations


def networks(source, network='generator'):
    """The networks that ``gluon-gan export`` writes.

    Parameters
    ----------
    source : path-like or str
        A run's folder, a checkpoint, or the name of shipped weights.
    network : str
        'generator' or 'discriminator' of a GAN. Of an image translation both generators are taken, whatever is asked
        for.

    Returns
    -------
    (list of (str, mxnet.gluon.HybridBlock), dict)
        Each network with a name for its file, and the record of the training: its settings and findings.

    Raises
    ------
    ValueError
        If weights of that name ship without a discriminator.
    gluon_gan.support.storage.StorageError
        If there is no such run, or it is damaged.
    """
    name = str(source).rstrip('/').rsplit('/', 1)[-1].removesuffix('.npz')
    record = translations.settings(source)
    if record.get('task') == 'translate' or str(source) in translations.names():
        both = translations.translators(source)
        return [(f'{name}-a-to-b', both.ab), (f'{name}-b-to-a', both.ba)], record
    record = runs.settings(source)
    if network == 'discriminator':
        return [(f'{name}-discriminator', runs.discriminator(source))], record
    return [(name, runs.generator(source))], record
