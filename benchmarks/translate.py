"""Compare the time of a CycleGAN step at 64 px with PyTorch's, in alternating rounds. See README.md in this folder."""
import argparse
import platform
import sys
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))       # this checkout's package, installed or not

from step import Worker, compare, cpu, measure, write  # noqa: E402

from gluon_gan import presets, runtime  # noqa: E402

OURS, BFLOAT16 = 'gluon_gan step', 'gluon_gan bf16 step'
THEIRS = ('eager', 'channels-last', 'eager+thrifty', 'channels-last+thrifty')


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--torch', default=str(FOLDER.parent / '.venv-torch' / 'bin' / 'python'),
                        help='a Python with PyTorch (default: that of .venv-torch)')
    parser.add_argument('--rounds', type=int, default=9, help='number of rounds (default: 9)')
    parser.add_argument('--threads', type=int, default=runtime.physical_cores(),
                        help='threads of each framework (default: number of physical cores)')
    parser.add_argument('--batch-size', type=int, default=1, help='images of each domain (default: 1, as in the paper)')
    parser.add_argument('--feature-maps', type=int, nargs='+', default=[32, 64], metavar='N',
                        help='values of ngf and ndf (default: 32, as in the preset, and 64, as in the paper)')
    parser.add_argument('--variants', nargs='+', choices=THEIRS, default=list(THEIRS),
                        help='variants of PyTorch (default: all)')
    parser.add_argument('--json', type=Path, help='write all times and a description of the machine to this file')
    options = parser.parse_args(words)
    if min(options.rounds, options.threads, options.batch_size, *options.feature_maps) < 1:
        parser.error('--rounds, --threads, --batch-size and --feature-maps must be at least 1')
    if not Path(options.torch).exists():
        parser.error(f'there is no {options.torch}: `make benchmark` creates that environment')
    result = {'cpu': cpu(), 'cores': runtime.physical_cores(), 'threads': options.threads,
              'batch_size': options.batch_size, 'python': platform.python_version(), 'versions': {}, 'feature_maps': {}}
    print(f"{result['cpu']}, {result['cores']} cores, {options.threads} threads, {options.rounds} rounds", flush=True)
    for feature_maps in options.feature_maps:
        settings = dict(size=presets.translation('cyclegan')['size'], feature_maps=feature_maps,
                        batch_size=options.batch_size, threads=options.threads)
        ours = Worker(sys.executable, 'translate_mxnet.py', settings)
        theirs = Worker(options.torch, 'translate_torch.py', settings)
        tasks = {OURS: (ours, 'step'), BFLOAT16: (ours, 'bf16 step'),
                 **{f'torch {variant}': (theirs, variant) for variant in options.variants}}
        times, discarded = measure(tasks, options.rounds)
        for worker in (ours, theirs):
            worker.close()
        if OURS not in times:
            sys.exit(f'other programs use the processor: all {discarded} rounds were discarded; end them and try again')
        result['versions'].update(ours.versions, **theirs.versions)
        result['feature_maps'][feature_maps] = {'ms': times, 'ratios': report(times, settings),
                                                'rounds': len(times[OURS]), 'rounds left out': discarded}
    write(options.json, result)


def report(times, settings):
    """Print a line for each variant, and return the ratios of PyTorch's fastest variants to ours, as a dict.

    One is the fastest in the usual order of computation, the other the fastest in fewer passes.
    """
    print(f"\n{settings['size']} px, {settings['feature_maps']} feature maps, batch {settings['batch_size']}    ms/step"
          '   times ours   (range of that ratio)')
    for name in sorted(times, key=lambda name: median(times[name])):
        ratios = sorted(other / ours for other, ours in zip(times[name], times[OURS]))
        print(f'  {name:38} {median(times[name]):7.1f} {median(ratios):12.3f}   ({ratios[0]:.2f} to {ratios[-1]:.2f})')
    best_ratios = {}
    for group, wanted in (('PyTorch', False), ('PyTorch in fewer passes', True)):
        names = [name for name in times if name not in (OURS, BFLOAT16) and ('thrifty' in name) == wanted]
        if names:
            best = min(names, key=lambda name: median(times[name]))
            best_ratios[f'against {group}'] = compare(times[best], times[OURS])
            print(f"  against the best {group} ({best}): {best_ratios[f'against {group}']:.3f}", flush=True)
    if BFLOAT16 in times:
        best_ratios['bfloat16 against the plain step'] = compare(times[OURS], times[BFLOAT16])
        print(f"  bfloat16 against the plain step: {best_ratios['bfloat16 against the plain step']:.3f}", flush=True)
    return best_ratios


if __name__ == '__main__':
    main()
