"""The weights that a network takes over from another of the same or of half the size.

A network for twice the size with half of the feature maps in its first layer (G: in its last) has all blocks of the
smaller one but those at the image. So a training at 128 pixels can start from weights of 64 pixels, which is the idea
of progressive growing (Karras et al. 2018, arXiv:1710.10196), with one stage and without a blend of both.
"""
from ...support import storage


def taken_over(net, other, source):
    """The parameters of ``net`` after it has taken over what ``other`` has.

    Parameters
    ----------
    net : Generator or Discriminator
        Initialised; it is not changed.
    other : Generator or Discriminator
        Of the same class.
    source : str
        What ``other`` was loaded from, for the message.

    Returns
    -------
    dict of ndarray
        All parameters of ``net`` by name: those of ``other`` where there are any, else its own.

    Raises
    ------
    ValueError
        If the networks differ in more than the size and what follows from it; the message names the option that makes
        them fit.
    """
    grown, kind = net.config['size'] == 2 * other.config['size'], type(net).__name__.lower()
    grown = grown and net.config['block'] == other.config['block'] == 'plain'
    wanted = _twice_as_large(other.config) if grown else other.config
    for name, value in wanted.items():
        if net.config[name] != value:
            raise ValueError(f'start_from={source}: its {kind} has {name}={other.config[name]!r}, and that of this '
                             f'training has {name}={net.config[name]!r}: add --{name} {value}')
    found = storage.parameters(other)
    if not grown:
        return found
    own = storage.parameters(net)
    shift = 1 if kind == 'discriminator' else 0         # a new first block shifts the blocks of D by one
    for name, array in found.items():
        block, *place = name.split('.')
        if place and place[0].isdigit():
            if shift and place[0] == '0':
                continue                                # the block that reads the image
            place[0] = str(int(place[0]) + shift)
        name = '.'.join([block, *place])
        if block != 'to_image':
            own[name] = array
    return own


def _twice_as_large(config):
    """The configuration of a network for twice the size, whose inner blocks have the widths of this one's."""
    width = 'ngf' if 'ngf' in config else 'ndf'
    return {**config, 'size': 2 * config['size'], width: config[width] // 2}
