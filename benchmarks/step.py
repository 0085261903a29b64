"""Time our training step beside PyTorch's, in alternating rounds, and print medians and ratios. See README.md here."""
import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))       # the package of this checkout, installed or not

from gluon_gan import presets, runtime  # noqa: E402
from gluon_gan.data import digits  # noqa: E402
from gluon_gan.files import whole  # noqa: E402

PRESETS = {28: 'mnist', 32: 'cifar10', 64: 'celeba'}
BATCH_SIZE, SGEMM = 64, 2048
SECONDS = 1.5                                # that one variant's part of a round should take
FOREIGN = 0.05                               # share of a round in which other programs may have computed
OURS = ('step', 'average', 'fit')
THEIRS = ('eager', 'channels-last', 'compiled', 'compiled+channels-last', 'eager+thrifty', 'channels-last+thrifty',
          'compiled+channels-last+thrifty', 'bf16+channels-last')


class Worker:
    """A process that runs variants on demand, and sleeps in between."""

    def __init__(self, python, script, settings):
        environment = dict(os.environ, OMP_NUM_THREADS=str(settings['threads']), PYTHONPATH=str(FOLDER.parent))
        self.process = subprocess.Popen([python, str(FOLDER / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)
        self.versions = self.ask(settings)

    def ask(self, message):
        """The answer to one line, as a dict; RuntimeError where the process has ended."""
        self.process.stdin.write(json.dumps(message) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self.process.args[-1]} ended with code {self.process.wait()}; its last words are above')
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--torch', default=str(FOLDER.parent / '.venv-torch' / 'bin' / 'python'), help="PyTorch's Python")
    parser.add_argument('--sizes', type=int, nargs='+', choices=PRESETS, default=list(PRESETS))
    parser.add_argument('--rounds', type=int, default=9, help='at each size (default 9)')
    parser.add_argument('--threads', type=int, default=runtime.physical_cores(), help='of each framework (default: physical cores)')
    parser.add_argument('--variants', nargs='+', choices=THEIRS, default=list(THEIRS), help="PyTorch's (default: all)")
    parser.add_argument('--json', type=Path, help='write every time and the machine to this file')
    options = parser.parse_args(words)
    if options.rounds < 1 or options.threads < 1:
        parser.error('--rounds and --threads must be at least 1')
    if not Path(options.torch).exists():
        parser.error(f'no {options.torch}: `make benchmark` builds that environment')
    return options


def pictures(size, channels, folder):
    """The path of 2,048 digits ``(N, size, size, channels)`` uint8: something that both networks can learn."""
    from PIL import Image
    small = digits.mnist(download=False).images[:2048, :, :, 0]
    images = np.stack([np.asarray(Image.fromarray(image).resize((size, size))) for image in small])
    path = folder / f'{size}.npy'
    np.save(path, np.repeat(images[..., None], channels, axis=-1))
    return str(path)


def busy():
    """Processor seconds that this machine has computed since it started (Linux; elsewhere 0, and no round is left out)."""
    try:
        user, nice, system, _, _, irq, softirq, steal = map(int, Path('/proc/stat').read_text().split()[1:9])
    except OSError:
        return 0.0
    return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK')


def measure(tasks, rounds):
    """Milliseconds of a step, a list for each task, and how many rounds were left out because something else computed.

    ``tasks`` maps a name to (worker, variant). Each round runs every task once, in the opposite order of the round before.
    """
    steps, times, left_out = {}, {name: [] for name in tasks}, 0
    for name, (worker, variant) in list(tasks.items()):
        answer = worker.ask({'variant': variant, 'steps': 2})                     # builds, compiles, fills caches
        if 'error' not in answer:
            answer = worker.ask({'variant': variant, 'steps': 2})
            steps[name] = max(2, round(2 * SECONDS / answer['seconds']))
        else:
            print(f"  {name} cannot run here: {answer['error']}", flush=True)
            del tasks[name]
    order = list(tasks)
    while order and len(times[order[0]]) < rounds and left_out < 2 * rounds:
        row, own, before = {}, 0, busy()
        for name in order:
            worker, variant = tasks[name]
            answer = worker.ask({'variant': variant, 'steps': steps[name]})
            row[name], own = answer['seconds'], own + answer['busy']
        if busy() - before - own > FOREIGN * sum(row.values()):
            left_out += 1
        else:
            for name, seconds in row.items():
                times[name].append(1000 * seconds / steps[name])
        order.reverse()
    return {name: values for name, values in times.items() if values}, left_out


def report(times, size, work):
    """Print a line for each variant, and the ratios that matter; return these as a dict. ``work``: multiply-adds of a step."""
    print(f'\n{size} px, batch {BATCH_SIZE}          ms/step   images/s   times ours   (spread of that ratio)')
    for name in sorted((name for name in times if 'sgemm' not in name), key=lambda name: median(times[name])):
        ratios = sorted(other / own for other, own in zip(times[name], times['gluon_gan step']))
        print(f'  {name:38} {median(times[name]):7.1f} {1000 * BATCH_SIZE / median(times[name]):10.1f} {median(ratios):12.3f}'
              f'   ({ratios[0]:.2f} to {ratios[-1]:.2f})')
    float32 = [name for name in times if name.startswith('torch') and 'bf16' not in name and 'sgemm' not in name]
    groups = {'PyTorch': [name for name in float32 if 'thrifty' not in name],
              'PyTorch with our order of work': [name for name in float32 if 'thrifty' in name]}
    rate = max(SGEMM ** 3 / median(times[name]) for name in times if 'sgemm' in name) / 1e6
    ours = times['gluon_gan step']
    ratio = {'share of SGEMM': work / median(ours) / 1e6 / rate, 'end to end': compare(times['gluon_gan fit'], ours, invert=True),
             'with average': compare(times['gluon_gan average'], ours, invert=True)}
    for group, names in groups.items():
        if names:
            best = min(names, key=lambda name: median(times[name]))
            ratio[f'against {group}'] = compare(times[best], ours)
            print(f'  against the best float32 {group} ({best}): {ratio[f"against {group}"]:.3f}')
    print(f'  end to end with data: {ratio["end to end"]:.3f} of the bare step; with the average of G: {ratio["with average"]:.3f}')
    print(f'  {work / 1e9:.2f} G multiply-adds a step: {ratio["share of SGEMM"]:.2f} of this machine\'s SGEMM ({rate:.0f} G a second)', flush=True)
    return ratio


def compare(one, other, invert=False):
    """The median over the rounds of ``one / other``, or of its inverse."""
    return median(b / a if invert else a / b for a, b in zip(one, other))


def cpu():
    """The processor's model name."""
    try:
        return next(line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name'))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main():
    options = arguments()
    result = {'cpu': cpu(), 'cores': runtime.physical_cores(), 'threads': options.threads, 'batch_size': BATCH_SIZE,
              'python': platform.python_version(), 'versions': {}, 'sizes': {}}
    print(f"{result['cpu']}, {result['cores']} cores, {options.threads} threads, {options.rounds} rounds", flush=True)
    import work
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            preset = presets.preset(PRESETS[size])
            settings = {'preset': PRESETS[size], 'net': preset, 'batch_size': BATCH_SIZE, 'threads': options.threads, 'sgemm': SGEMM,
                        'images': pictures(size, preset['channels'], Path(folder))}
            ours, theirs = Worker(sys.executable, 'mxnet_worker.py', settings), Worker(options.torch, 'torch_worker.py', settings)
            # A product of large matrices starts a second pool of threads, and makes each later step of that process a third slower.
            products = Worker(sys.executable, 'mxnet_worker.py', settings), Worker(options.torch, 'torch_worker.py', settings)
            tasks = {f'gluon_gan {variant}': (ours, variant) for variant in OURS}
            tasks.update({f'torch {variant}': (theirs, variant) for variant in options.variants})
            tasks.update({'gluon_gan sgemm': (products[0], 'sgemm'), 'torch sgemm': (products[1], 'sgemm')})
            times, left_out = measure(tasks, options.rounds)
            for worker in (ours, theirs, *products):
                worker.close()
            if 'gluon_gan step' not in times:
                sys.exit(f'other programs kept computing: {left_out} rounds at {size} px were left out and none is left')
            netG, netD = presets.build(PRESETS[size])
            netG.initialize()
            netD.initialize()
            ratios = report(times, size, work.of_step(netG, netD, BATCH_SIZE))
            result['versions'].update(ours.versions, **theirs.versions)
            result['sizes'][size] = {'ms': times, 'ratios': ratios, 'rounds': len(times['gluon_gan step']), 'rounds left out': left_out}
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        with whole(options.json) as unfinished:
            unfinished.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
