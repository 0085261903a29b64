"""Compare the time of a training step between ways of upsampling and kinds of blocks, in alternating rounds.

Each way trains for a step in every round, in an order that is reversed in the next one. The result is the median over
the rounds of the ratio to transposed convolutions within a round.
"""
import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))      # this checkout's package, installed or not

import gluon_gan as gg  # noqa: E402

PRESETS = {28: 'mnist', 32: 'cifar10', 64: 'celeba'}
WAYS = {'transposed': {}, 'nearest': dict(upsampling='nearest'), 'bilinear': dict(upsampling='bilinear'),
        'residual': dict(block='residual')}


def measure(size, rounds, ways=tuple(WAYS), batch_size=64, width=None):
    """Time training steps.

    Parameters
    ----------
    size, rounds : int
    ways : tuple of str
        Keys of :data:`WAYS`, with 'transposed' among them.
    batch_size : int
    width : int, optional
        Of both networks; by default the preset's.

    Returns
    -------
    dict
        For each way: ``step_ms``, the median time of a step; ``ratio``, the median of the ratio within a round; and
        ``parameters``, the trained parameters of (G, D).
    """
    import mxnet as mx
    trainers, counts, times = {}, {}, {way: [] for way in ways}
    for way in ways:
        widths = {} if width is None else dict(ngf=width, ndf=width)
        networks = gg.build(PRESETS[size], **widths, **WAYS[way])
        trainers[way] = gg.GANTrainer(*networks)
        counts[way] = [sum(each.data().size for each in net.collect_params().values() if each.grad_req != 'null')
                       for net in networks]
    channels = networks[0].channels
    real = mx.nd.random.uniform(-1, 1, (batch_size, channels, size, size), ctx=gg.device())
    for index in range(-1, rounds):                 # the first round compiles
        for way in ways[::1 if index % 2 else -1]:
            mx.nd.waitall()
            began = time.perf_counter()
            trainers[way].step(real)
            mx.nd.waitall()
            times[way] += [time.perf_counter() - began] if index >= 0 else []
    return {way: dict(step_ms=1000 * median(found), parameters=counts[way],
                      ratio=median(own / base for own, base in zip(found, times['transposed'])))
            for way, found in times.items()}


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sizes', type=int, nargs='+', choices=PRESETS, default=list(PRESETS))
    parser.add_argument('--rounds', type=int, default=9, help='number of rounds for each size (default: 9)')
    parser.add_argument('--ways', nargs='+', choices=list(WAYS)[1:], default=list(WAYS)[1:],
                        help='what to compare with transposed convolutions (default: everything)')
    parser.add_argument('--json', type=Path, help='write the results to this file')
    options = parser.parse_args(words)
    if options.rounds < 1:
        parser.error('--rounds must be at least 1')
    results = {size: measure(size, options.rounds, ('transposed', *options.ways)) for size in options.sizes}
    for size, rows in results.items():
        for way, row in rows.items():
            print(f"{size} px {way:<11} {row['step_ms']:7.1f} ms   {row['ratio']:.2f} x transposed   "
                  f"parameters of G, D {row['parameters'][0]:,}, {row['parameters'][1]:,}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
