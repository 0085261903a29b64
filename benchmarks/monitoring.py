"""What watching a training costs: preset mnist bare, and with all that `gluon-gan train` has, in alternating rounds.

    python benchmarks/monitoring.py                 grids as a training of 25 epochs has them, every 781 steps
    python benchmarks/monitoring.py --epochs 1      every 31 steps, the dearest case
"""
import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))       # the package of this checkout, installed or not

import gluon_gan as gg  # noqa: E402
import mxnet as mx  # noqa: E402
from gluon_gan.train import Callback, run  # noqa: E402


class Clock(Callback):
    """Seconds from the end of everybody's on_begin to the last step, everything computed."""

    def on_begin(self, trainer):
        mx.nd.waitall()
        self.since = time.perf_counter(), time.process_time()

    def on_step(self, trainer):
        if trainer.steps == trainer.goal:
            mx.nd.waitall()
            self.seconds, self.work = time.perf_counter() - self.since[0], time.process_time() - self.since[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--epochs', type=int, default=25, help='of the training that is imitated (default: %(default)s)')
    parser.add_argument('--steps', type=int, help='in a round (default: as many as between two grids, at least 62)')
    parser.add_argument('--rounds', type=int, default=10)
    args = parser.parse_args()
    config = run.settings('mnist', epochs=args.epochs, seed=0)
    with tempfile.TemporaryDirectory() as parent:
        sides = {name: run.start(config, parent, name, ctx=mx.cpu()) for name in ('bare', 'watched')}
        folder, _, loader, settings = sides['watched']
        every = run.total_steps(settings, loader) // run.FRAMES
        steps, clock = args.steps or -(-62 // every) * every, Clock()
        print(f"{settings['data_name']}, {gg.runtime.state['threads']} threads, {args.rounds} rounds of {steps} steps, "
              f'a record every 25 and a grid every {every}')
        watch = {'bare': [], 'watched': run.standard(Path(folder), loader, settings)}
        ratios, works = [], []
        for number in range(args.rounds + 1):                  # the first warms up
            speed, work = {}, {}
            for name, (_, trainer, loader, _) in sorted(sides.items(), reverse=number % 2):
                goal = trainer.steps + (steps if number else 30)
                trainer.fit(loader, steps=goal, callbacks=[*watch[name], clock])
                speed[name] = (steps if number else 30) * settings['batch_size'] / clock.seconds
                work[name] = clock.work
            if number:
                ratios.append(speed['watched'] / speed['bare'])
                works.append(work['watched'] / work['bare'])
                print(f"bare {speed['bare']:6.0f} images/s   watched {speed['watched']:6.0f}   ratio {ratios[-1]:.3f}   "
                      f'processor time {works[-1]:.3f}', flush=True)
        print(f'median ratio {statistics.median(ratios):.3f}; of the processor time, which others on the machine hardly change, '
              f'{statistics.median(works):.3f}')


if __name__ == '__main__':
    main()
