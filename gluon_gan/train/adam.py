"""What a checkpoint contains of the two Adam optimisers: their moments, and settings that were changed by hand."""
import mxnet as mx

from ..support import storage
from ..support.checks import number

SETTINGS = 'lr', 'beta1', 'beta2', 'epsilon', 'wd', 'clip_gradient'
BY_HAND = 'changed_by_hand'     # the key in the settings of a checkpoint


def changes(trainer):
    """The settings of the optimisers that were changed by hand, for a checkpoint.

    Returns
    -------
    dict
        Empty, or ``{'changed_by_hand': {'G': {'lr': 1e-5}}}``. A learning rate that a
        :class:`~gluon_gan.train.LinearDecay` has set does not count: it follows from the step.
    """
    found = {side: _changed(trainer, side) for side in 'GD'}
    found = {side: values for side, values in found.items() if values}
    return {BY_HAND: found} if found else {}


def restore_changes(trainer, meta):
    """Restore what :func:`changes` returned; ValueError if it cannot come from there."""
    for side, values in dict(meta.get(BY_HAND) or {}).items():
        optimizer = {'G': trainer.trainerG, 'D': trainer.trainerD}[side]._optimizer
        for name, value in dict(values).items():
            if name not in SETTINGS:
                raise ValueError(f'an optimiser has no setting {name!r}')
            setattr(optimizer, name, value if value is None else number(name, value, 'a number of at least 0'))


def set_by_hand(trainer):
    """Whether a learning rate is neither that of the trainer nor one that a schedule has set."""
    return any('lr' in _changed(trainer, side) for side in 'GD')


def _changed(trainer, side):
    optimizer = getattr(trainer, f'trainer{side}')._optimizer
    lr = getattr(trainer, f'lr{side}')
    usual = dict(lr=lr, beta1=trainer.beta1, beta2=0.999, epsilon=1e-8, wd=0.0, clip_gradient=None)
    if optimizer.lr_scheduler is not None or (trainer.scheduled and optimizer.lr == trainer.scheduled[side]):
        del usual['lr']
    return {name: _plain(getattr(optimizer, name)) for name, value in usual.items()
            if getattr(optimizer, name, value) != value}


def _plain(value):
    return value if value is None else float(value)


def restore_moments(optimizer, parameters, arrays, updates, path):
    """Set Adam's moments in Gluon's updaters. `load_states` would have to unpickle them."""
    for index, (place, parameter) in enumerate(parameters.items()):
        if parameter.grad_req == 'null' or not updates:
            continue
        if f'{place}/mean' not in arrays or f'{place}/variance' not in arrays:
            raise storage.StorageError(f"{path} is damaged: Adam's moments of {place} are missing")
        for ctx, updater in zip(parameter.list_ctx(), optimizer._updaters):
            updater.states[index] = tuple(mx.nd.array(arrays[f'{place}/{moment}'], ctx=ctx)
                                          for moment in ('mean', 'variance'))
            updater.states_synced[index] = True
            updater.optimizer._set_current_context(ctx.device_id)      # Gluon counts updates for each device
            updater.optimizer._index_update_count[index] = updates
    optimizer._updaters[0].optimizer.num_update = updates
