"""Time batches from the cache and from a data server against the training step at 64 px. See README.md here."""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from step import BATCH_SIZE, PRESETS, SGEMM, Worker, cpu, write_images

from gluon_gan import data, presets, runtime, serving
from gluon_gan.support.files import atomic_write

SIZE, STEPS, BATCHES = 64, 3, 60       # a round runs this many steps and batches, which take seconds each
TARGETS = {'from the cache': 20, 'from the server': 5}       # the target, in times as fast as the step


class Loader:
    """A task that takes batches from a loader."""

    def __init__(self, loader):
        self.loader = loader

    def milliseconds(self):
        """Milliseconds per batch, over :data:`BATCHES` batches. Prefetched batches before them do not count."""
        stream = self._stream()
        for _ in range(3):
            next(stream)
        start = time.perf_counter()
        for _ in range(BATCHES):
            batch = next(stream)
        batch.wait_to_read()
        return 1000 * (time.perf_counter() - start) / BATCHES

    def _stream(self):
        while True:
            yield from self.loader


class Step:
    """A task that runs training steps in a separate process."""

    def __init__(self, worker):
        self.worker = worker

    def milliseconds(self):
        """Milliseconds per step, over :data:`STEPS` steps."""
        answer = self.worker.ask({'variant': 'step', 'steps': STEPS})
        return 1000 * answer['seconds'] / STEPS


def arguments(words=None):
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--images', type=int, default=20000,
                        help='images in the data set (default: %(default)s; CelebA has 202599)')
    parser.add_argument('--augment', choices=data.augment.AUGMENTATIONS, default='light', help='(default: %(default)s)')
    parser.add_argument('--rounds', type=int, default=9, help='(default: %(default)s)')
    parser.add_argument('--json', type=Path, help='write all times and the machine to this file')
    options = parser.parse_args(words)
    if options.rounds < 1 or options.images < BATCH_SIZE:
        parser.error(f'--rounds must be at least 1 and --images {BATCH_SIZE}')
    return options


def make(path, count):
    """Write ``(count, SIZE, SIZE, 3)`` uint8 noise in the format of the cache of decoded images."""
    array = np.lib.format.open_memmap(path, 'w+', np.uint8, (count, SIZE, SIZE, 3))
    for start in range(0, count, 4096):
        part = array[start:start + 4096]
        part[:] = np.random.default_rng(start).integers(0, 256, part.shape, dtype=np.uint8)
    array.flush()


def serve(path):
    """Start ``gluon-gan data serve``, and return the process and its URL."""
    command = [sys.executable, '-m', 'gluon_gan', 'data', 'serve', str(path), '--port', '0']
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[1])
    return process, process.stdout.readline().split(' at ')[1].split(';')[0]


def measure(tasks, rounds):
    """Time each task once a round, in alternating order, and return a list of milliseconds for each."""
    times, order = {name: [] for name in tasks}, list(tasks)
    for task in tasks.values():
        task.milliseconds()               # a warm-up
    for _ in range(rounds):
        for name in order:
            times[name].append(tasks[name].milliseconds())
        order.reverse()
    return times


def report(times):
    """Print a line for each task, and return how many times as fast as the step each source of batches is."""
    print(f"{SIZE} px, batch {BATCH_SIZE}        ms/batch   batches/s   times the step   (range)    target")
    print(f"  training step         {median(times['step']):10.1f} {1000 / median(times['step']):11.1f}")
    ratios = {}
    for name, target in TARGETS.items():
        each = sorted(step / batch for step, batch in zip(times['step'], times[name]))
        ratios[name] = median(each)
        print(f'  {name:21} {median(times[name]):10.1f} {1000 / median(times[name]):11.1f} {ratios[name]:16.1f}'
              f'   ({each[0]:.0f} to {each[-1]:.0f})   {target}')
    return ratios


def main():
    """Run the benchmark."""
    options = arguments()
    machine = f'{cpu()}, {runtime.physical_cores()} cores'
    print(f'{machine}; {options.images:,} images, {options.augment}, {options.rounds} rounds', flush=True)
    preset = presets.preset(PRESETS[SIZE])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'cache.npy'
        make(path, options.images)
        worker = Worker(sys.executable, 'mxnet_worker.py', {
            'preset': PRESETS[SIZE], 'net': preset, 'batch_size': BATCH_SIZE, 'threads': runtime.physical_cores(),
            'sgemm': SGEMM, 'images': write_images(SIZE, preset['channels'], Path(folder))})
        server, url = serve(path)
        try:
            local = data.batches(np.load(path, mmap_mode='r'), BATCH_SIZE, augment=data.augment.named(options.augment))
            remote = serving.remote(url, BATCH_SIZE, augment=options.augment, prefetch=1)
            tasks = {'step': Step(worker), 'from the cache': Loader(local), 'from the server': Loader(remote)}
            times = measure(tasks, options.rounds)
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
        with atomic_write(options.json) as temporary:
            temporary.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
