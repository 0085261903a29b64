"""Compare the time of our training step with PyTorch's, in alternating rounds. See README.md in this folder."""
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
sys.path.insert(0, str(FOLDER.parent))       # this checkout's package, installed or not

from gluon_gan import presets, runtime  # noqa: E402
from gluon_gan.data.sets import digits  # noqa: E402
from gluon_gan.support.files import atomic_write  # noqa: E402

PRESETS = {28: 'mnist', 32: 'cifar10', 64: 'celeba'}
BATCH_SIZE, SGEMM = 64, 2048
SECONDS = 1.5                                # target duration of one variant in a round
FOREIGN = 0.05                               # largest share of a round that other programs may use
OURS = ('step', 'plain step', 'bf16 step', 'average', 'fit')
THEIRS = ('eager', 'channels-last', 'compiled', 'compiled+channels-last', 'eager+thrifty', 'channels-last+thrifty',
          'compiled+channels-last+thrifty', 'bf16+channels-last', 'bf16+channels-last+thrifty',
          'bf16+compiled+channels-last')


class Worker:
    """A process that runs variants on request, and sleeps in between."""

    def __init__(self, python, script, settings):
        environment = dict(os.environ, OMP_NUM_THREADS=str(settings['threads']), PYTHONPATH=str(FOLDER.parent))
        self.process = subprocess.Popen([python, str(FOLDER / script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment)
        self.versions = self.ask(settings)

    def ask(self, message):
        """Send one message and return the answer, a dict; RuntimeError if the process has ended."""
        self.process.stdin.write(json.dumps(message) + '\n')
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self.process.args[-1]} ended with code {self.process.wait()}; see its last output')
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def argument_parser(description):
    """The options that all comparisons with PyTorch have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--torch', default=str(FOLDER.parent / '.venv-torch' / 'bin' / 'python'),
                        help='a Python with PyTorch (default: that of .venv-torch)')
    parser.add_argument('--sizes', type=int, nargs='+', choices=PRESETS, default=list(PRESETS))
    parser.add_argument('--rounds', type=int, default=9, help='number of rounds for each size (default: 9)')
    parser.add_argument('--threads', type=int, default=runtime.physical_cores(),
                        help='threads of each framework (default: number of physical cores)')
    parser.add_argument('--json', type=Path, help='write all times and a description of the machine to this file')
    return parser


def checked(parser, words):
    """The parsed options, or an exit with one line."""
    options = parser.parse_args(words)
    if options.rounds < 1 or options.threads < 1:
        parser.error('--rounds and --threads must be at least 1')
    if not Path(options.torch).exists():
        parser.error(f'there is no {options.torch}: `make benchmark` creates that environment')
    return options


def arguments(words=None):
    parser = argument_parser(__doc__)
    parser.add_argument('--variants', nargs='+', choices=THEIRS, default=list(THEIRS),
                        help='variants of PyTorch (default: all)')
    parser.add_argument('--ours', nargs='+', choices=OURS, default=list(OURS),
                        help='variants of this package (default: all); step is always measured')
    return checked(parser, words)


def write_images(size, channels, folder):
    """Write 2,048 digits ``(N, size, size, channels)`` of uint8, as training data, and return the path."""
    from PIL import Image
    small = digits.mnist(download=False).images[:2048, :, :, 0]
    images = np.stack([np.asarray(Image.fromarray(image).resize((size, size))) for image in small])
    path = folder / f'{size}.npy'
    np.save(path, np.repeat(images[..., None], channels, axis=-1))
    return str(path)


def write(path, result):
    """Write a result as JSON, whole or not at all; nothing if ``path`` is None."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as unfinished:
            unfinished.write_text(json.dumps(result, indent=1) + '\n')


def busy():
    """Return the processor seconds that this machine has used since it started.

    Only on Linux. Elsewhere the result is 0, and no round is discarded.
    """
    try:
        user, nice, system, _, _, irq, softirq, steal = map(int, Path('/proc/stat').read_text().split()[1:9])
    except OSError:
        return 0.0
    return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK')


def measure(tasks, rounds, units=None):
    """Measure the duration of a step of each task.

    Each round runs every task once, in the reverse order of the round before. A round in which other programs used too
    much of the processor is discarded.

    Parameters
    ----------
    tasks : dict
        Name to (Worker, variant). Tasks that cannot run are removed.
    rounds : int
        Number of rounds to keep.
    units : dict of int, optional
        By name: the number of steps is a multiple of it, for tasks whose steps differ.

    Returns
    -------
    dict of list, int
        Milliseconds per step by name, one value for each round, and the number of discarded rounds.
    """
    steps, times, discarded = {}, {name: [] for name in tasks}, 0
    for name, (worker, variant) in list(tasks.items()):
        answer = worker.ask({'variant': variant, 'steps': 2})          # creates the networks, compiles, fills caches
        if 'error' not in answer:
            answer = worker.ask({'variant': variant, 'steps': 2})
            unit = (units or {}).get(name, 1)
            steps[name] = max(2, unit * max(1, round(2 * SECONDS / answer['seconds'] / unit)))
        else:
            print(f"  {name} cannot run here: {answer['error']}", flush=True)
            del tasks[name]
    order = list(tasks)
    while order and len(times[order[0]]) < rounds and discarded < 2 * rounds:
        seconds, used, before = {}, 0, busy()
        for name in order:
            worker, variant = tasks[name]
            answer = worker.ask({'variant': variant, 'steps': steps[name]})
            seconds[name], used = answer['seconds'], used + answer['busy']
        if busy() - before - used > FOREIGN * sum(seconds.values()):
            discarded += 1
        else:
            for name, value in seconds.items():
                times[name].append(1000 * value / steps[name])
        order.reverse()
    return {name: values for name, values in times.items() if values}, discarded


def report(times, size, work):
    """Print a line for each variant and the most important ratios, and return these.

    Parameters
    ----------
    times : dict of list
        Of :func:`measure`.
    size : int
        Image size in pixels.
    work : int
        Multiply-adds of a step.

    Returns
    -------
    dict of float
    """
    print(f'\n{size} px, batch {BATCH_SIZE}          ms/step   images/s   times ours   (range of that ratio)')
    for name in sorted((name for name in times if 'sgemm' not in name), key=lambda name: median(times[name])):
        ratios = sorted(other / ours for other, ours in zip(times[name], times['gluon_gan step']))
        milliseconds = median(times[name])
        print(f'  {name:38} {milliseconds:7.1f} {1000 * BATCH_SIZE / milliseconds:10.1f} {median(ratios):12.3f}'
              f'   ({ratios[0]:.2f} to {ratios[-1]:.2f})')
    float32 = [name for name in times if name.startswith('torch') and 'bf16' not in name and 'sgemm' not in name]
    groups = {'PyTorch': [name for name in float32 if 'thrifty' not in name],
              'PyTorch with our order of work': [name for name in float32 if 'thrifty' in name]}
    rate = max(SGEMM ** 3 / median(times[name]) for name in times if 'sgemm' in name) / 1e6
    ours = times['gluon_gan step']
    ratio = {'share of SGEMM': work / median(ours) / 1e6 / rate}
    for label, name in (('end to end', 'gluon_gan fit'), ('with average', 'gluon_gan average')):
        if name in times:
            ratio[label] = compare(times[name], ours, invert=True)
    if 'gluon_gan plain step' in times:
        ratio['against the plain step'] = compare(times['gluon_gan plain step'], ours)
    bfloat16, theirs = times.get('gluon_gan bf16 step'), [name for name in times if 'torch bf16' in name]
    if bfloat16 and theirs:
        best = min(theirs, key=lambda name: median(times[name]))
        ratio['bfloat16 against PyTorch'] = compare(times[best], bfloat16)
        print(f"  bfloat16 against the best of PyTorch ({best}): {ratio['bfloat16 against PyTorch']:.3f}")
    if bfloat16 and 'gluon_gan plain step' in times:
        ratio['bfloat16 against the plain step'] = compare(times['gluon_gan plain step'], bfloat16)
    for group, names in groups.items():
        if names:
            best = min(names, key=lambda name: median(times[name]))
            ratio[f'against {group}'] = compare(times[best], ours)
            print(f'  against the best float32 {group} ({best}): {ratio[f"against {group}"]:.3f}')
    for name in ('against the plain step', 'bfloat16 against the plain step', 'end to end', 'with average'):
        if name in ratio:
            print(f'  {name}: {ratio[name]:.3f}')
    print(f'  {work / 1e9:.2f} G multiply-adds per step: {ratio["share of SGEMM"]:.2f} of the SGEMM rate of this '
          f'machine ({rate:.0f} G per second)', flush=True)
    return ratio


def compare(one, other, invert=False):
    """Return the median over the rounds of ``one / other``, or of its inverse."""
    return median(b / a if invert else a / b for a, b in zip(one, other))


def cpu():
    """Return the model name of the processor."""
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
            settings = {'preset': PRESETS[size], 'net': preset, 'batch_size': BATCH_SIZE, 'threads': options.threads,
                        'sgemm': SGEMM, 'images': write_images(size, preset['channels'], Path(folder))}
            ours, theirs, *products = [Worker(python, script, settings) for _ in range(2) for python, script in
                                       ((sys.executable, 'mxnet_worker.py'), (options.torch, 'torch_worker.py'))]
            # SGEMM has its own processes: it starts a second thread pool, which makes later steps a third slower.
            tasks = {f'gluon_gan {variant}': (ours, variant) for variant in dict.fromkeys(['step', *options.ours])}
            tasks.update({f'torch {variant}': (theirs, variant) for variant in options.variants})
            tasks.update({'gluon_gan sgemm': (products[0], 'sgemm'), 'torch sgemm': (products[1], 'sgemm')})
            times, discarded = measure(tasks, options.rounds)
            for worker in (ours, theirs, *products):
                worker.close()
            if 'gluon_gan step' not in times:
                sys.exit(f'other programs use the processor: all {discarded} rounds at {size} px were discarded; end '
                         'them and try again')
            netG, netD = presets.build(PRESETS[size])
            netG.initialize()
            netD.initialize()
            ratios = report(times, size, work.of_step(netG, netD, BATCH_SIZE))
            result['versions'].update(ours.versions, **theirs.versions)
            result['sizes'][size] = {'ms': times, 'ratios': ratios, 'rounds': len(times['gluon_gan step']),
                                     'rounds left out': discarded}
    write(options.json, result)


if __name__ == '__main__':
    main()
