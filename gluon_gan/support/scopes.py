"""Networks that free their memory as soon as nothing refers to them.

A Gluon Block refers to its name scope, and the scope refers to the Block. Python's reference counting does not free
such a cycle: the parameters, and the buffers of a hybridized network with its last images, remain until the garbage
collector examines old objects. MXNet creates so many objects at import that this takes hundreds of networks.
"""
import weakref

from mxnet.gluon.block import _BlockScope

# The packages whose Blocks are known to have no children in lists. `collect_params` searches for such children with a
# recursive inner function, one more cycle that refers to the children; custom Blocks still have this check.
OURS = ('gluon_gan.', 'mxnet.')


class WeakScope(_BlockScope):
    """A name scope that does not keep its Block alive. A copy of the Block has a scope that refers to the copy."""

    @property
    def _block(self):
        return self._reference()

    @_block.setter
    def _block(self, block):
        self._reference = weakref.ref(block)

    def __getstate__(self):
        own = dict(self.__dict__, _block=self._block)
        del own['_reference']
        return own

    def __setstate__(self, state):
        state = dict(state)
        self._block = state.pop('_block')
        self.__dict__.update(state)


def weaken(net):
    """Give each Block of a network a scope that does not keep it alive. The parameters and their names do not change.

    Parameters
    ----------
    net : mxnet.gluon.Block

    Returns
    -------
    mxnet.gluon.Block
        `net`.
    """
    def replace(block):
        if type(block._scope) is _BlockScope:
            # The numbers of the names are all that a scope holds outside a `with`, except for the scope that was
            # current before the last one: that of the parent, and so another reference to it.
            weak = WeakScope(block)
            weak._counter = block._scope._counter
            block._scope = weak
        if type(block).__module__.startswith(OURS):
            block._check_container_with_block = _nothing
    return net.apply(replace)


def _nothing():
    """What the known Blocks do in place of the search for children in lists."""
