"""The cost of monitoring: train the preset mnist with and without the callbacks of `gluon-gan train`, in turn.

    python benchmarks/monitoring.py                 sample grids as in a training of 25 epochs, every 781 steps
    python benchmarks/monitoring.py --epochs 1      every 31 steps, the most expensive case
"""
import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))       # the package of this checkout, installed or not

import mxnet as mx  # noqa: E402

import gluon_gan as gg  # noqa: E402
from gluon_gan.train import Callback  # noqa: E402
from gluon_gan.train.run import Run, Settings  # noqa: E402


class Clock(Callback):
    """Measures the time from the end of every callback's on_begin to the last step, with all computations finished."""

    def on_begin(self, trainer):
        mx.nd.waitall()
        self.began = time.perf_counter(), time.process_time()

    def on_step(self, trainer):
        if trainer.steps == trainer.goal:
            mx.nd.waitall()
            self.seconds = time.perf_counter() - self.began[0]
            self.processor_seconds = time.process_time() - self.began[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--epochs', type=int, default=25,
                        help='length of the training that is imitated (default: %(default)s)')
    parser.add_argument('--steps', type=int,
                        help='steps per round (default: the steps between two sample grids, at least 62)')
    parser.add_argument('--rounds', type=int, default=10)
    args = parser.parse_args()
    settings = Settings.make('mnist', epochs=args.epochs, seed=0)
    with tempfile.TemporaryDirectory() as parent:
        runs = {name: Run.start(settings, parent, name, ctx=mx.cpu()) for name in ('bare', 'monitored')}
        every = runs['monitored'].total_steps // Run.FRAMES
        steps, clock = args.steps or -(-62 // every) * every, Clock()
        print(f"{runs['bare'].provenance.data_name}, {gg.runtime.state['threads']} threads, {args.rounds} rounds of "
              f'{steps} steps, a record every {Run.HISTORY_EVERY} and a sample grid every {every} steps')
        callbacks = {'bare': [], 'monitored': runs['monitored'].callbacks()}
        speed_ratios, processor_ratios = [], []
        for number in range(args.rounds + 1):                  # the first round warms up
            count = steps if number else 30
            speed, processor = {}, {}
            for name, run in sorted(runs.items(), reverse=number % 2):
                run.trainer.fit(run.loader, steps=run.trainer.steps + count, callbacks=[*callbacks[name], clock])
                speed[name] = count * settings.batch_size / clock.seconds
                processor[name] = clock.processor_seconds
            if number:
                speed_ratios.append(speed['monitored'] / speed['bare'])
                processor_ratios.append(processor['monitored'] / processor['bare'])
                print(f"bare {speed['bare']:6.0f} images/s   monitored {speed['monitored']:6.0f}   ratio "
                      f'{speed_ratios[-1]:.3f}   processor time {processor_ratios[-1]:.3f}', flush=True)
        print(f'median ratio {statistics.median(speed_ratios):.3f}; of the processor time, which other processes on '
              f'the machine hardly change, {statistics.median(processor_ratios):.3f}')


if __name__ == '__main__':
    main()
