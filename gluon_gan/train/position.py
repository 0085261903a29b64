"""The position of a training in its data: where `fit` begins, and what a checkpoint records about the loader.

A trainer has four attributes for it. ``position`` is the state of the loader in the checkpoint from which the trainer
was loaded, until `fit` has used it. ``loader_facts`` describes the last loader: the numbers of ``batches`` per epoch
and of ``images``, and the ``batch_size``, as far as they are known. ``shift`` is the number of steps that the
training has made beyond those that epochs of this length take, after the batch size was changed. ``fitted`` is the
step at which `fit` last ended.
"""
import logging

from ..support.checks import whole_number

log = logging.getLogger('gluon_gan')
FACTS = 'batches', 'batch_size', 'images'
NEW_DATA = 'or set trainer.position = None, to begin where the loader is'


def begin(trainer, loader):
    """Put the loader of a training at the position of the training, at the beginning of `fit`.

    Raises
    ------
    ValueError
        If the position of the checkpoint is not one of this loader.
    """
    before, now = trainer.loader_facts, facts_of(loader)
    if trainer.position is not None and hasattr(loader, 'restore'):
        loader.restore(_converted(trainer.position, before, now))
        trainer.position = None
    elif hasattr(loader, 'rewind') and trainer.steps == trainer.fitted:      # otherwise the user trains step by step
        loader.rewind()
    if 'batches' in now and before.get('batches', now['batches']) != now['batches']:
        batch = loader.state()['batch'] if hasattr(loader, 'state') else 0
        trainer.shift = trainer.steps - trainer.epoch * now['batches'] - batch
    trainer.loader_facts = now


def end(trainer, loader):
    """Remember where `fit` ended."""
    trainer.fitted = trainer.steps
    if hasattr(loader, 'mark'):
        loader.mark()


def of(trainer):
    """dict or None: the position for a checkpoint. Batches that were taken after `fit` do not move it."""
    loader = getattr(trainer, 'loader', None)
    if not hasattr(loader, 'state'):
        return trainer.position
    between = trainer.steps == trainer.fitted and hasattr(loader, 'marked')
    return loader.marked() if between else loader.state()


def warn_finished(trainer, epochs, steps):
    """Warn that `fit` has nothing to do, since its totals have been reached."""
    name, done, goal = ('epochs', trainer.epoch, epochs) if epochs is not None and trainer.epoch >= epochs else (
        'steps', trainer.steps, steps if steps is not None else trainer.goal)
    log.warning('nothing is trained: %s=%s is a total, and this training has reached %s: pass %s=%s or more',
                name, goal, done, name, done + 1)


def facts_of(loader):
    """dict of int: the :data:`FACTS` about a loader, as far as they are known."""
    facts = {}
    if hasattr(loader, '__len__'):
        facts['batches'] = len(loader)
    if hasattr(loader, 'state'):
        facts['batch_size'] = getattr(loader, 'batch_size', None)
        images = getattr(loader, 'images', None)
        facts['images'] = len(images) if hasattr(images, '__len__') else None
    return {name: value for name, value in facts.items() if isinstance(value, int)}


def to_meta(trainer):
    """dict of int: the facts about the loader and the shift, for a checkpoint."""
    return {**trainer.loader_facts, **({'shift': trainer.shift} if trainer.shift else {})}


def from_meta(trainer, meta):
    """Restore what :func:`to_meta` returned; checkpoints of earlier versions contain nothing of it."""
    recorded = dict(meta.get('loader') or {})
    trainer.shift = whole_number('shift', recorded.pop('shift', 0), -10 ** 15)
    trainer.loader_facts = {name: whole_number(name, recorded[name]) for name in FACTS if name in recorded}
    trainer.fitted = trainer.steps


def _converted(position, before, now):
    """The position of a checkpoint for a loader whose batch size may be another; ValueError if there is none."""
    batch = position['batch']
    if batch and before.get('images', now.get('images')) != now.get('images'):
        raise ValueError(f"this training is at batch {batch} of an epoch of {before['images']:,} images, and the "
                         f"loader has {now.get('images', 0):,}: pass a loader of the same data, {NEW_DATA}")
    old, new = before.get('batch_size'), now.get('batch_size')
    if old and new and old != new:
        batch = min(batch * old // new, now['batches'] - 1)
        log.warning('the batch size was %s and is %s now: the training continues at image %s of its epoch', old, new,
                    f'{batch * new:,}')
    if batch >= now.get('batches', batch + 1):
        raise ValueError(f"this training is at batch {batch} of an epoch, and an epoch of the loader "
                         f"has {now['batches']}: pass a loader of the same data and batch size, {NEW_DATA}")
    return {**position, 'batch': batch}
