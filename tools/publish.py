"""Ship the networks of a finished run with the package: python tools/publish.py runs/mnist mnist

Writes to gluon_gan/zoo/weights: NAME.npz (float16), NAME-discriminator.npz for those who want to analyse it, and
NAME.json (the command, the data, the seconds and the history of the training). docs/NAME.png shows a hundred images of
seed 1, as `gg.pretrained` generates them.

For a translation, the weights of both generators and the JSON file are written to gluon_gan/zoo/weights/translate. The
image shows synthetic test images in both directions: originals, translations, and the way back.
"""
import json
import re
import sys
from pathlib import Path

import mxnet as mx

import gluon_gan as gg
from gluon_gan import viz, zoo
from gluon_gan.support import files, pixels
from gluon_gan.train.average import recalibrate
from gluon_gan.train.run import Settings
from gluon_gan.train.run.folder import read_config
from gluon_gan.translate import source
from gluon_gan.translate.task import domains

KEPT = (    # the keys of config.json that are published
    'command', 'data_name', 'stand_in', 'preset', 'start_from', 'epochs', 'steps', 'batch_size', 'augment',
    'diff_augment', 'augment_target', 'lecam', 'reconstruction', 'freeze_d', 'loss', 'real_label', 'lr', 'beta1',
    'average', 'decay', 'precision', 'seed', 'task', 'data', 'a', 'b', 'size', 'ngf', 'ndf', 'cycle',
    'identity', 'pool', 'device', 'threads', 'seconds', 'gluon_gan', 'mxnet', 'numpy', 'python')
POINTS = 250     # records of the history, which are enough for its curves


def main(folder, name):
    """Write the four files from the last checkpoint of the run in ``folder``."""
    config = read_config(folder)
    translation = config.get('task') == 'translate'
    trainer = (gg.CycleTrainer if translation else gg.GANTrainer).load(folder)
    netG, target = trainer.generator(), source.FOLDER if translation else zoo.FOLDER
    if translation:
        source.save(target / f'{name}.npz', netG)
    else:
        zoo.save_discriminator(target / f'{name}{zoo.DISCRIMINATOR_SUFFIX}.npz', trainer.netD)
        recalibrate(netG, batches=50, batch_size=500)
        zoo.save_generator(target / f'{name}.npz', netG)
    history = viz.read_history(Path(folder) / 'history.jsonl')
    # Counted from the end, because the last record tells the length of the training.
    thinned = history[::-max(1, len(history) // POINTS)][::-1]
    card = {key: config[key] for key in KEPT if key in config} | {'steps': trainer.steps, 'history': thinned}
    card['command'] = re.sub(r' --runs (\S+)', '', card['command'])        # a path of this machine
    with files.atomic_write(target / f'{name}.json') as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    if translation:
        image = both_directions(source.pretrained(name), Settings.from_config(config))
    else:
        netG = gg.pretrained(name)
        image = viz.grid(gg.sample(netG, 100, seed=1))
        image = viz.few_colours(image, 256) if netG.size > 64 else image      # one MB instead of three
    print(viz.save(image, Path(__file__).parents[1] / 'docs' / f'{name}.png'))


def both_directions(netG, settings, count=10):
    """Six rows: images of domain A, their translations, the way back; and the same for domain B."""
    test = domains(settings, 'test')
    if not all((name or '').startswith('synthetic_') for name in (settings.a, settings.b)):
        raise SystemExit(f'{test.name}: only synthetic images are published')
    a, b = (mx.nd.array(pixels.to_float(images.images[:count])) for images in test)
    to_b, to_a = netG.ab(a), netG.ba(b)
    rows = mx.nd.concat(a, to_b, netG.ba(to_b), b, to_a, netG.ab(to_a), dim=0)
    return viz.grid(rows, ncol=count).quantize(128)


if __name__ == '__main__':
    main(*sys.argv[1:])
