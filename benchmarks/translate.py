"""Time a step of the strong translation at 64 px beside the same networks in PyTorch, in alternating rounds. See README.md here."""
import argparse
import json
import platform
import sys
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))       # the package of this checkout, installed or not

from gluon_gan import presets, runtime  # noqa: E402
from gluon_gan.files import whole  # noqa: E402
from step import Worker, compare, cpu, measure  # noqa: E402

OURS = 'gluon_gan step'
THEIRS = ('eager', 'channels-last', 'eager+thrifty', 'channels-last+thrifty')


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--torch', default=str(FOLDER.parent / '.venv-torch' / 'bin' / 'python'), help="PyTorch's Python")
    parser.add_argument('--rounds', type=int, default=9)
    parser.add_argument('--threads', type=int, default=runtime.physical_cores(), help='of each framework (default: physical cores)')
    parser.add_argument('--batch-size', type=int, default=1, help='pictures of each domain (default: 1, as in the paper)')
    parser.add_argument('--maps', type=int, nargs='+', default=[32, 64], help='ngf and ndf (default: the preset, and the paper)')
    parser.add_argument('--variants', nargs='+', choices=THEIRS, default=list(THEIRS), help="PyTorch's (default: all)")
    parser.add_argument('--json', type=Path, help='write every time and the machine to this file')
    options = parser.parse_args(words)
    if min(options.rounds, options.threads, options.batch_size, *options.maps) < 1:
        parser.error('--rounds, --threads, --batch-size and --maps must be at least 1')
    if not Path(options.torch).exists():
        parser.error(f'no {options.torch}: `make benchmark` builds that environment')
    result = {'cpu': cpu(), 'cores': runtime.physical_cores(), 'threads': options.threads, 'batch_size': options.batch_size,
              'python': platform.python_version(), 'versions': {}, 'maps': {}}
    print(f"{result['cpu']}, {result['cores']} cores, {options.threads} threads, {options.rounds} rounds", flush=True)
    for maps in options.maps:
        settings = dict(size=presets.translation('cyclegan')['size'], maps=maps, batch_size=options.batch_size, threads=options.threads)
        ours, theirs = Worker(sys.executable, 'translate_mxnet.py', settings), Worker(options.torch, 'translate_torch.py', settings)
        tasks = {OURS: (ours, 'step'), **{f'torch {variant}': (theirs, variant) for variant in options.variants}}
        times, left_out = measure(tasks, options.rounds)
        for worker in (ours, theirs):
            worker.close()
        if OURS not in times:
            sys.exit(f'other programs kept computing: {left_out} rounds were left out and none is left')
        result['versions'].update(ours.versions, **theirs.versions)
        result['maps'][maps] = {'ms': times, 'ratios': report(times, settings), 'rounds': len(times[OURS]), 'rounds left out': left_out}
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        with whole(options.json) as unfinished:
            unfinished.write_text(json.dumps(result, indent=1) + '\n')


def report(times, settings):
    """Print a line for each variant; the ratios to ours of PyTorch's best, in its usual order of work and in fewer passes, as a dict."""
    print(f"\n{settings['size']} px, {settings['maps']} maps, batch {settings['batch_size']}      ms/step   times ours   (spread of that ratio)")
    for name in sorted(times, key=lambda name: median(times[name])):
        ratios = sorted(other / own for other, own in zip(times[name], times[OURS]))
        print(f'  {name:38} {median(times[name]):7.1f} {median(ratios):12.3f}   ({ratios[0]:.2f} to {ratios[-1]:.2f})')
    found = {}
    for group, wanted in (('PyTorch', False), ('PyTorch in fewer passes', True)):
        names = [name for name in times if name != OURS and ('thrifty' in name) == wanted]
        if names:
            best = min(names, key=lambda name: median(times[name]))
            found[f'against {group}'] = compare(times[best], times[OURS])
            print(f"  against the best {group} ({best}): {found[f'against {group}']:.3f}", flush=True)
    return found


if __name__ == '__main__':
    main()
