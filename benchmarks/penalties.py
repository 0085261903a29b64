"""Compare the time of a step with a penalty on D's gradient with PyTorch's double backward, in alternating rounds.

The networks are those of step.py without batch normalisation in D. R1 is applied in every step, or in every 16th. See
README.md in this folder.
"""
import platform
import sys
import tempfile
from pathlib import Path
from statistics import median

import step

from gluon_gan import presets, runtime

EVERY = 16
OURS = {'no norm': 1, 'r1': 1, 'r1+lazy': EVERY}                     # variant: steps that belong together
THEIRS = {'eager': 1, 'channels-last': 1, 'eager+r1': 1, 'channels-last+r1': 1, 'eager+thrifty+r1': 1,
          'channels-last+thrifty+r1': 1, 'channels-last+thrifty+r1+lazy': EVERY}


def arguments(words=None):
    return step.checked(step.argument_parser(__doc__), words)


def report(times, size):
    """Print a line for each variant, and return the ratios.

    Parameters
    ----------
    times : dict of list
        Milliseconds per step by name, one for each round.
    size : int
        Image size in pixels.

    Returns
    -------
    dict of float
        'r1': the time of PyTorch's fastest step with R1 as a multiple of ours. 'cost of r1' and 'cost of lazy r1': our
        times as multiples of our step without a penalty. Medians over the rounds.
    """
    print(f'\n{size} px, batch {step.BATCH_SIZE}              ms/step')
    for name in sorted(times, key=lambda name: median(times[name])):
        print(f'  {name:38} {median(times[name]):7.1f}')
    plain, each = times['gluon_gan no norm'], times['gluon_gan r1']
    theirs = [name for name in times if name.startswith('torch') and 'r1' in name and 'lazy' not in name]
    best = min(theirs, key=lambda name: median(times[name]))
    ratios = {'r1': step.compare(times[best], each), 'cost of r1': step.compare(each, plain),
              'cost of lazy r1': step.compare(times['gluon_gan r1+lazy'], plain)}
    print(f"  the step with R1 is {ratios['r1']:.3f} times as fast as the best of PyTorch ({best}); it costs "
          f"{ratios['cost of r1']:.3f} of a plain step, lazily {ratios['cost of lazy r1']:.3f}", flush=True)
    return ratios


def main():
    options = arguments()
    result = {'cpu': step.cpu(), 'cores': runtime.physical_cores(), 'threads': options.threads,
              'batch_size': step.BATCH_SIZE, 'every': EVERY, 'python': platform.python_version(), 'versions': {},
              'sizes': {}}
    print(f"{result['cpu']}, {result['cores']} cores, {options.threads} threads, {options.rounds} rounds", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            preset = presets.preset(step.PRESETS[size])
            settings = {'preset': step.PRESETS[size], 'net': {**preset, 'norm': 'none'}, 'threads': options.threads,
                        'batch_size': step.BATCH_SIZE,
                        'images': step.write_images(size, preset['channels'], Path(folder))}
            ours, theirs = (step.Worker(python, script, settings) for python, script in
                            ((sys.executable, 'mxnet_worker.py'), (options.torch, 'torch_worker.py')))
            tasks = {f'gluon_gan {variant}': (ours, variant) for variant in OURS}
            tasks.update({f'torch {variant}': (theirs, variant) for variant in THEIRS})
            units = {f'{side} {variant}': unit for side, variants in (('gluon_gan', OURS), ('torch', THEIRS))
                     for variant, unit in variants.items()}
            times, discarded = step.measure(tasks, options.rounds, units)
            for worker in (ours, theirs):
                worker.close()
            if 'gluon_gan no norm' not in times:
                sys.exit(f'other programs use the processor: all {discarded} rounds at {size} px were discarded; end '
                         'them and try again')
            result['versions'].update(ours.versions, **theirs.versions)
            result['sizes'][size] = {'ms': times, 'ratios': report(times, size), 'rounds left out': discarded,
                                     'rounds': len(times['gluon_gan no norm'])}
    step.write(options.json, result)


if __name__ == '__main__':
    main()
