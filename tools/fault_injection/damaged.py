"""Flip single bits in checkpoints, weights and the cache of decoded images: each file is refused, or loads equal."""
import logging
import os
import shutil

import mxnet as mx
import numpy as np

import gluon_gan as gg
from gluon_gan import zoo
from gluon_gan.data import stored_array
from gluon_gan.support import storage

from .interruptions import photographs


def flip_bits(folder, count, rng, variables):
    """Flip one bit at a random place, ``count`` times in all, and load the file each time."""
    os.environ.update({name: variables[name] for name in ('GLUON_GAN_DATA', 'GLUON_GAN_CACHE', 'GLUON_GAN_OFFLINE')})
    logging.getLogger('gluon_gan').setLevel(logging.ERROR)         # each rebuilt cache is logged
    photographs(folder)
    netG, netD = gg.Generator(28, 1, nz=8, ngf=4), gg.Discriminator(28, 1, ndf=4)
    trainer = gg.GANTrainer(netG, netD, ctx=mx.cpu(), seed=0)
    trainer.fit(gg.data.batches(gg.data.mnist(download=False), 8), steps=2)
    checkpoint = trainer.save(folder / 'checkpoint')
    zoo.save_generator(folder / 'weights.npz', netG)
    gg.data.folder(folder / 'src', 32)
    cache, = (path for path in (folder / 'cache').rglob('images.npy'))
    kinds = {
        'checkpoints': (checkpoint, lambda: _arrays(gg.GANTrainer.load(checkpoint, mx.cpu()))),
        'weights': (folder / 'weights.npz', lambda: storage.parameters(zoo.load_generator(folder / 'weights.npz'))),
        'cached pictures': (cache, lambda: _pixels(folder)),
        'descriptions of the cache': (cache.with_name('source.json'), lambda: _pixels(folder)),
    }
    rows = {}
    for number, (name, (path, load)) in enumerate(kinds.items()):
        flips = count // len(kinds) + (number < count % len(kinds))
        rows[name] = row = _damage(path, folder / 'original', load, flips, rng)
        print(f'  {name}: {flips} bits, {row["refused"]} refused, {row["equal"]} equal, {row["wrong"]} wrong',
              flush=True)
        for line in row['messages']:
            print(f'    {line}', flush=True)
    return {'ok': all(not row['wrong'] for row in rows.values()), 'kinds': rows}


def _damage(path, original, load, flips, rng):
    """Flip one bit of a file, ``flips`` times, each time in a fresh copy."""
    expected = load()
    shutil.copy2(path, original)
    row = dict(bytes=path.stat().st_size, flips=flips, refused=0, equal=0, wrong=0, messages=[])
    for _ in range(flips):
        place, bit = rng.randrange(row['bytes']), rng.randrange(8)
        shutil.copy2(original, path)
        with open(path, 'r+b') as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << bit]))
        os.utime(path, ns=(original.stat().st_atime_ns, original.stat().st_mtime_ns))      # as decay leaves it
        stored_array._verified.clear()         # as a new process has it: the cache is verified once a process
        try:
            found = load()
        except (storage.StorageError, ValueError, OSError) as error:
            row['refused'] += 1
            if '\n' in str(error).strip():
                row['wrong'] += 1
                row['messages'].append(f'byte {place}, bit {bit}: an error of several lines')
            continue
        except Exception as error:
            row['wrong'] += 1
            row['messages'].append(f'byte {place}, bit {bit}: {type(error).__name__}: {error}'[:200])
            continue
        if expected.keys() == found.keys() and all(np.array_equal(expected[name], found[name]) for name in expected):
            row['equal'] += 1
        else:
            row['wrong'] += 1
            row['messages'].append(f'byte {place}, bit {bit}: other values are loaded without a word')
    shutil.copy2(original, path)
    return row


def _arrays(trainer):
    return {f'{name}/{place}': array for name in ('netG', 'netD')
            for place, array in storage.parameters(getattr(trainer, name)).items()}


def _pixels(folder):
    return {'images': np.array(gg.data.folder(folder / 'src', 32).images)}
