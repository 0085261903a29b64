"""Time one 64 px image of a generator in MXNet, in onnxruntime and in a browser: ``python benchmarks/export.py``.

All run on one thread with a batch of 1. Within a round, MXNet and onnxruntime alternate every ten images, so that other
load on the machine slows both. The medians of the rounds are printed, with their range. The browser is the system's
Chromium on the page of ``gluon-gan explore``; the time is that from moving a slider to the image on the page. Without
Chromium this part is left out.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ['OMP_NUM_THREADS'] = '1'              # before MXNet is imported

import onnxruntime  # noqa: E402

import gluon_gan as gg  # noqa: E402
from gluon_gan import export  # noqa: E402
from gluon_gan.export import explore  # noqa: E402
from gluon_gan.export.explore import server  # noqa: E402

sys.path.insert(0, str(Path(__file__).parents[1] / 'tests'))
from helpers import browser  # noqa: E402

REPEATS, BLOCK = 200, 10        # images in a round, and one after the other by one library
SLIDER = """const done = arguments[0], times = [], slider = document.querySelector('#dimensions input');
async function once(i) {
  const before = window.explorer.state.rendered, since = performance.now();
  slider.value = i % 2 ? 1.5 : -1.5;
  slider.dispatchEvent(new Event('input'));
  while (window.explorer.state.rendered === before) await new Promise((go) => setTimeout(go, 0));
  times.push(performance.now() - since);
}
(async () => { for (let i = 0; i < 30; i++) await once(i); times.sort((a, b) => a - b); done(times[15]); })();"""


def mean_ms(run):
    """Milliseconds of one call, the mean over a block."""
    since = time.perf_counter()
    for _ in range(BLOCK):
        run()
    return 1000 * (time.perf_counter() - since) / BLOCK


def one_round(runs):
    """{name: milliseconds of one call}: the means over a round in which the functions ``runs`` alternate."""
    blocks = [{name: mean_ms(run) for name, run in runs.items()} for _ in range(REPEATS // BLOCK)]
    return {name: statistics.mean(block[name] for block in blocks) for name in runs}


def python_times(netG, rounds, folder):
    """{'mxnet': [ms ...], 'onnxruntime': [ms ...]}, a value for each round."""
    path, = export.save(netG, folder / 'g.onnx').paths
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    z = gg.sample_z(1, netG.nz, seed=0)
    feeds = {'z': z.asnumpy()}
    netG.hybridize(static_alloc=True, static_shape=True)
    runs = {'mxnet': lambda: netG(z).asnumpy(), 'onnxruntime': lambda: session.run(None, feeds)}
    one_round(runs)
    found = [one_round(runs) for _ in range(rounds)]
    return {name: [times[name] for times in found] for name in runs}


def browser_times(name, rounds, folder):
    """{'slider': [ms ...]}: from moving a slider to the image, the median of 30 moves in each round."""
    if not (browser.CHROMIUM and browser.DRIVER):
        print(browser.MISSING)
        return {}
    listening = server.create(explore.page(name))
    threading.Thread(target=listening.run, daemon=True).start()
    driver = browser.start(folder / 'profile')
    try:
        driver.get(f'http://127.0.0.1:{listening.effective_port}/')
        browser.wait(lambda: driver.execute_script('return document.body.dataset.ready') == 'true')
        return {'slider': [driver.execute_async_script(SLIDER) for _ in range(rounds)]}
    finally:
        driver.quit()
        listening.close()


def main():
    """Print the medians, and write them as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--weights', default='celeba', help='shipped weights (default: %(default)s)')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--json', metavar='FILE', help='write the times there')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = python_times(gg.pretrained(options.weights), options.rounds, Path(folder))
        times.update(browser_times(options.weights, options.rounds, Path(folder)))
    for name, values in times.items():
        print(f'{name:12} {statistics.median(values):6.2f} ms ({min(values):.2f} to {max(values):.2f})')
    ratios = [mxnet / other for mxnet, other in zip(times['mxnet'], times['onnxruntime'])]
    print(f'onnxruntime is {statistics.median(ratios):.2f} times as fast as MXNet '
          f'({min(ratios):.2f} to {max(ratios):.2f})')
    if options.json:
        Path(options.json).write_text(json.dumps({'weights': options.weights, 'ms': times}, indent=1) + '\n')


if __name__ == '__main__':
    main()
