"""Memory, threads and open files of a long training with all its callbacks."""
import json
import subprocess
import sys

MARKS = (1 / 6, 1 / 2, 1)         # of all steps: 500, 1,500 and 3,000 by default
TRAIN = '''
import json, os, sys
from pathlib import Path
import mxnet as mx
import gluon_gan as gg
from gluon_gan.train import Alarms, Callback, Checkpoint, History, Page, Samples
marks = list(map(int, sys.argv[1:]))

def line(name):
    return next(int(text.split()[1]) for text in Path('/proc/self/status').read_text().splitlines()
                if text.startswith(name))

class Measure(Callback):
    def on_step(self, trainer):
        if trainer.steps in marks:
            mx.nd.waitall()
            print(json.dumps(dict(steps=trainer.steps, megabytes=round(line('VmRSS') / 1024), threads=line('Threads'),
                                  files=len(os.listdir('/proc/self/fd')))), flush=True)

history = History('run/history.jsonl')
trainer = gg.GANTrainer(gg.Generator(28, 1, nz=8, ngf=4), gg.Discriminator(28, 1, ndf=4), average=0.9, ctx=mx.cpu())
trainer.fit(gg.data.batches(gg.data.mnist(download=False), 8), steps=marks[-1],
            callbacks=[history, Samples('run/samples', every=100), Checkpoint('run/checkpoints', every=100), Measure()])
'''


def measure(folder, count, rng, variables):
    """Train ``count`` steps, and measure at a sixth, at the half and at the end."""
    (folder / 'run').mkdir()
    marks = [max(1, round(count * share)) for share in MARKS]
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', TRAIN, *map(str, marks)], cwd=folder, env=variables,
                          text=True, capture_output=True, timeout=600)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]
    for row in rows:
        print(f'  {row["steps"]:,} steps: {row["megabytes"]} MB, {row["threads"]} threads, {row["files"]} open files',
              flush=True)
    if done.returncode:
        print('  ' + (done.stderr.strip().splitlines() or ['no output'])[-1])
    # Growth is what the second half adds: caches fill in the first. A leak of an image a step would be 10 MB.
    ok = not done.returncode and len(rows) == 3 and rows[2]['megabytes'] - rows[1]['megabytes'] <= 10 and all(
        rows[2][what] == rows[1][what] for what in ('threads', 'files'))
    return {'ok': ok, 'rows': rows}
