"""Time batches from the cache and from a data server beside the 64 px step that consumes them, in alternating rounds. See README.md here."""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from step import BATCH_SIZE, PRESETS, SGEMM, Worker, cpu, pictures

from gluon_gan import data, presets, runtime
from gluon_gan.files import whole

SIZE, STEPS, BATCHES = 64, 3, 60       # what a round runs: seconds of each
WANTED = {'from the cache': 20, 'from the server': 5}       # times as fast as the step


class Loader:
    """Batches of one loader."""

    def __init__(self, loader):
        self.loader = loader

    def milliseconds(self):
        """Of a batch, over :data:`BATCHES` in a row; the first few, which may have been made before, are not counted."""
        stream = self._stream()
        for _ in range(3):
            next(stream)
        since = time.perf_counter()
        for _ in range(BATCHES):
            batch = next(stream)
        batch.wait_to_read()
        return 1000 * (time.perf_counter() - since) / BATCHES

    def _stream(self):
        while True:
            yield from self.loader


class Step:
    """Training steps in a process of their own."""

    def __init__(self, worker):
        self.worker = worker

    def milliseconds(self):
        answer = self.worker.ask({'variant': 'step', 'steps': STEPS})
        return 1000 * answer['seconds'] / STEPS


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--images', type=int, default=20000, help='in the set (default: %(default)s; CelebA has 202599)')
    parser.add_argument('--augment', choices=data.augment.AUGMENTATIONS, default='light', help='(default: %(default)s)')
    parser.add_argument('--rounds', type=int, default=9, help='(default: %(default)s)')
    parser.add_argument('--json', type=Path, help='write every time and the machine to this file')
    options = parser.parse_args(words)
    if options.rounds < 1 or options.images < BATCH_SIZE:
        parser.error(f'--rounds must be at least 1 and --images {BATCH_SIZE}')
    return options


def make(path, count):
    """Write ``(count, SIZE, SIZE, 3)`` uint8 noise, as the cache of decoded pictures lies on the disk."""
    array = np.lib.format.open_memmap(path, 'w+', np.uint8, (count, SIZE, SIZE, 3))
    for start in range(0, count, 4096):
        part = array[start:start + 4096]
        part[:] = np.random.default_rng(start).integers(0, 256, part.shape, dtype=np.uint8)
    array.flush()


def serve(path):
    """The process of ``gluon-gan data serve`` and its URL."""
    process = subprocess.Popen([sys.executable, '-m', 'gluon_gan', 'data', 'serve', str(path), '--port', '0'], stdout=subprocess.PIPE,
                               text=True, cwd=Path(__file__).resolve().parents[1])
    return process, process.stdout.readline().split(' at ')[1].split(';')[0]


def measure(tasks, rounds):
    """Milliseconds of each task, a list for each; every round has each once, in the opposite order of the round before."""
    times, order = {name: [] for name in tasks}, list(tasks)
    for task in tasks.values():
        task.milliseconds()               # builds, fills caches
    for _ in range(rounds):
        for name in order:
            times[name].append(tasks[name].milliseconds())
        order.reverse()
    return times


def report(times):
    """Print a line for each task, and return how many times as fast as the step each source of batches is."""
    print(f"{SIZE} px, batch {BATCH_SIZE}        ms/batch   batches/s   times the step   (spread)   wanted")
    print(f"  the step consumes one {median(times['step']):10.1f} {1000 / median(times['step']):11.1f}")
    ratios = {}
    for name, wanted in WANTED.items():
        each = sorted(step / own for step, own in zip(times['step'], times[name]))
        ratios[name] = median(each)
        print(f'  {name:21} {median(times[name]):10.1f} {1000 / median(times[name]):11.1f} {ratios[name]:16.1f}'
              f'   ({each[0]:.0f} to {each[-1]:.0f})   {wanted}')
    return ratios


def main():
    options = arguments()
    print(f'{cpu()}, {runtime.physical_cores()} cores; {options.images:,} images, {options.augment}, {options.rounds} rounds', flush=True)
    preset = presets.preset(PRESETS[SIZE])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'cache.npy'
        make(path, options.images)
        worker = Worker(sys.executable, 'mxnet_worker.py', {
            'preset': PRESETS[SIZE], 'net': preset, 'batch_size': BATCH_SIZE, 'threads': runtime.physical_cores(), 'sgemm': SGEMM,
            'images': pictures(SIZE, preset['channels'], Path(folder))})
        server, url = serve(path)
        try:
            local = data.batches(np.load(path, mmap_mode='r'), BATCH_SIZE, augment=data.augment.named(options.augment))
            remote = data.remote(url, BATCH_SIZE, augment=options.augment, prefetch=1)
            times = measure({'step': Step(worker), 'from the cache': Loader(local), 'from the server': Loader(remote)}, options.rounds)
            remote.close()
        finally:
            server.kill()
            server.communicate()
            worker.close()
    ratios = report(times)
    if options.json:
        result = {'cpu': cpu(), 'cores': runtime.physical_cores(), 'images': options.images, 'augment': options.augment,
                  'batch_size': BATCH_SIZE, 'ms': times, 'ratios': ratios}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        with whole(options.json) as unfinished:
            unfinished.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
