"""The program that the processes of the distributed tests run: ``python work.py JOB FOLDER STEPS [WORKERS]``.

JOB is the name of a function of this module. With WORKERS, it runs in that many processes. Each process writes its
process id to ``FOLDER/pid-ROLE-INDEX``.
"""
import os
import pickle
import sys
import time
from pathlib import Path

import gluon_gan as gg
from gluon_gan import distributed


def networks():
    """Networks without batch normalisation, whose statistics would differ between workers."""
    import mxnet as mx
    from mxnet.gluon import nn
    netG, netD = nn.HybridSequential(), nn.HybridSequential()
    netG.add(nn.Dense(8 * 7 * 7, in_units=6), nn.HybridLambda(lambda F, x: x.reshape((-1, 8, 7, 7))), nn.LeakyReLU(0.2),
             nn.Conv2DTranspose(4, 4, 2, 1, in_channels=8), nn.LeakyReLU(0.2),
             nn.Conv2DTranspose(4, 4, 2, 1, in_channels=4),
             nn.Conv2D(1, 3, 1, 1, in_channels=4, activation='tanh'))
    netD.add(nn.Conv2D(4, 4, 2, 1, in_channels=1), nn.LeakyReLU(0.2), nn.Conv2D(8, 4, 2, 1, in_channels=4),
             nn.LeakyReLU(0.2), nn.Dense(1, in_units=8 * 7 * 7))
    for net in (netG, netD):
        # Xavier makes gradients much larger than Adam's epsilon; near it, the last digit of a gradient would matter.
        net.initialize(mx.init.Xavier())
    netG.nz = 6
    return netG, netD


def train(folder, steps, cluster=None):
    """Train a few steps on real digits, with 16 images in all workers together; saves to ``FOLDER/RANK.npz``.

    Before that, check that workers with different numbers of steps refuse to start, so that none waits for another that
    has ended.
    """
    import mxnet as mx
    import numpy as np

    from gluon_gan.support import storage
    rank, workers = (cluster.rank, cluster.workers) if cluster else (0, 1)
    gg.seed(rank)          # different weights in each worker: those of worker 0 should be used by all
    loader = gg.data.batches(gg.data.mnist(download=False), 16, seed=3, part=rank, parts=workers)
    trainer = gg.GANTrainer(*networks(), lr=1e-3, ctx=mx.cpu(), seed=5, cluster=cluster)
    if cluster:
        try:
            trainer.fit(loader, steps=steps + rank)
        except ValueError as error:
            print(error)
    trainer.fit(loader, steps=steps)
    arrays = {f'{name}/{place}': array for name in ('netG', 'netD')
              for place, array in storage.parameters(getattr(trainer, name)).items()}
    np.savez(Path(folder) / f'{rank}.npz', **arrays)


def penalise(folder, steps, cluster=None):
    """Train a few steps with each penalty on D's gradient, on real digits; saves to ``FOLDER/RANK.npz``.

    Adam's epsilon is large, so that the updates are proportional to the gradients and do not magnify rounding errors.
    """
    import mxnet as mx
    import numpy as np

    from gluon_gan.penalties import PENALTIES
    from gluon_gan.support import storage
    rank, workers = (cluster.rank, cluster.workers) if cluster else (0, 1)
    images, arrays = gg.data.mnist(download=False), {}
    for name in PENALTIES:
        gg.seed(1)
        loader = gg.data.batches(images, 16, seed=3, part=rank, parts=workers)
        trainer = gg.GANTrainer(*networks(), lr=1e-3, ctx=mx.cpu(), seed=5, cluster=cluster, loss='relativistic',
                                penalty=name, penalty_every=2, d_steps=2)
        for optimizer in (trainer.trainerG, trainer.trainerD):
            optimizer._optimizer.epsilon = 1e-2
        trainer.fit(loader, steps=steps)
        arrays.update({f'{name}/{net}/{place}': array for net in ('netG', 'netD')
                       for place, array in storage.parameters(getattr(trainer, net)).items()})
    np.savez(Path(folder) / f'{rank}.npz', **arrays)


class Intruder:
    """An object that creates a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def beat(folder, steps, cluster):
    """Run synchronous steps that do nothing. The server is sent a pickle, which MXNet's own server would load."""
    cluster._kv._send_command_to_servers(0, pickle.dumps(Intruder(Path(folder) / 'unpickled'), 0).decode())
    for step in range(steps):
        cluster.gather(step).wait_to_read()
        (Path(folder) / f'alive-{cluster.rank}').write_text(str(step))
        time.sleep(0.02)


def main(job, folder, steps, workers=None):
    role = distributed.role()
    pid = Path(folder) / f"pid-{role or 'launcher'}-{os.environ.get('GLUON_GAN_WORKER', 0)}"
    pid.write_text(str(os.getpid()))
    if workers and not role:
        return distributed.launch([sys.executable, *sys.argv], int(workers))
    if role in ('scheduler', 'server'):
        return distributed.serve(role)
    with distributed.member() as cluster:
        globals()[job](folder, int(steps), cluster)
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
