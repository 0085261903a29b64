"""Ship the networks of a finished run with the package: python tools/publish.py runs/mnist mnist

Writes gluon_gan/weights/NAME.npz (float16), NAME-discriminator.npz for who takes it apart, NAME.json (the command, the data, the seconds
and the history of their training) and docs/NAME.png (a hundred pictures of seed 1, as anyone gets them from `gg.pretrained`).
"""
import json
import re
import sys
from pathlib import Path

import gluon_gan as gg
from gluon_gan import files, viz, zoo
from gluon_gan.train import run
from gluon_gan.train.average import recalibrate

KEPT = ('command', 'data_name', 'stand_in', 'preset', 'epochs', 'steps', 'batch_size', 'augment', 'diff_augment', 'loss', 'real_label', 'lr', 'beta1', 'average',
        'decay', 'seed', 'device', 'threads', 'seconds', 'gluon_gan', 'mxnet', 'numpy', 'python')
POINTS = 250     # of the history: enough for its curves


def main(folder, name):
    """Write the four files from the last checkpoint of the run in ``folder``."""
    config = run.read_config(folder)
    trainer = gg.GANTrainer.load(folder)
    zoo.save_discriminator(zoo.FOLDER / f'{name}{zoo.OPPONENT}.npz', trainer.netD)
    netG = trainer.generator()
    recalibrate(netG, batches=50, batch_size=500)
    zoo.save_generator(zoo.FOLDER / f'{name}.npz', netG)
    history = viz.read_history(Path(folder) / 'history.jsonl')
    spaced = history[::-max(1, len(history) // POINTS)][::-1]              # from the end: the last one tells how long it was trained
    card = {key: config[key] for key in KEPT if key in config} | {'steps': trainer.steps, 'history': spaced}
    card['command'] = re.sub(r' --runs (\S+)', '', card['command'])        # where a run lay here is nobody's business
    with files.whole(zoo.FOLDER / f'{name}.json') as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    picture = viz.grid(gg.sample(gg.pretrained(name), 100, seed=1))
    print(viz.save(picture, Path(__file__).parents[1] / 'docs' / f'{name}.png'))


if __name__ == '__main__':
    main(*sys.argv[1:])
