"""Ship the networks of a finished run with the package: python tools/publish.py runs/mnist mnist

Writes gluon_gan/weights/NAME.npz (float16), NAME-discriminator.npz for who takes it apart, NAME.json (the command, the data, the seconds
and the history of their training) and docs/NAME.png (a hundred pictures of seed 1, as anyone gets them from `gg.pretrained`). Of a translation the
weights of both generators and the card go to gluon_gan/weights/translate, and the picture shows drawn test pictures: pictures, translations, the way
back, in both directions.
"""
import json
import re
import sys
from pathlib import Path

import gluon_gan as gg
import mxnet as mx
from gluon_gan import files, pixels, viz, zoo
from gluon_gan.train import run
from gluon_gan.train.average import recalibrate
from gluon_gan.translate import source
from gluon_gan.translate.task import domains

KEPT = ('command', 'data_name', 'stand_in', 'preset', 'epochs', 'steps', 'batch_size', 'augment', 'diff_augment', 'loss', 'real_label', 'lr', 'beta1', 'average',
        'decay', 'seed', 'task', 'data', 'a', 'b', 'size', 'ngf', 'ndf', 'cycle', 'identity', 'pool', 'device', 'threads', 'seconds', 'gluon_gan', 'mxnet', 'numpy', 'python')
POINTS = 250     # of the history: enough for its curves


def main(folder, name):
    """Write the four files from the last checkpoint of the run in ``folder``."""
    config = run.read_config(folder)
    translation = config.get('task') == 'translate'
    trainer = (gg.CycleTrainer if translation else gg.GANTrainer).load(folder)
    netG, place = trainer.generator(), source.FOLDER if translation else zoo.FOLDER
    if translation:
        source.save(place / f'{name}.npz', netG)
    else:
        zoo.save_discriminator(place / f'{name}{zoo.OPPONENT}.npz', trainer.netD)
        recalibrate(netG, batches=50, batch_size=500)
        zoo.save_generator(place / f'{name}.npz', netG)
    history = viz.read_history(Path(folder) / 'history.jsonl')
    spaced = history[::-max(1, len(history) // POINTS)][::-1]              # from the end: the last one tells how long it was trained
    card = {key: config[key] for key in KEPT if key in config} | {'steps': trainer.steps, 'history': spaced}
    card['command'] = re.sub(r' --runs (\S+)', '', card['command'])        # where a run lay here is nobody's business
    with files.whole(place / f'{name}.json') as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    picture = both_ways(source.pretrained(name), config) if translation else viz.grid(gg.sample(gg.pretrained(name), 100, seed=1))
    print(viz.save(picture, Path(__file__).parents[1] / 'docs' / f'{name}.png'))


def both_ways(netG, config, count=10):
    """Rows: of domain A, their translations, back again; the same of domain B."""
    test = domains(config, 'test')
    if not all(config.get(side, '').startswith('drawn_') for side in 'ab'):
        raise SystemExit(f'{test.name}: pictures that were not drawn by this package are not published')
    a, b = (mx.nd.array(pixels.to_float(images.images[:count])) for images in test)
    there, over = netG.ab(a), netG.ba(b)
    return viz.grid(mx.nd.concat(a, there, netG.ba(there), b, over, netG.ab(over), dim=0), ncol=count).quantize(128)


if __name__ == '__main__':
    main(*sys.argv[1:])
