"""Train the 28 px networks with every objective, and write an image with a row of digits for each.

::

    GLUON_GAN_DATA=... python tools/objectives.py runs/objectives docs/objectives.png

Each objective is trained by `gluon-gan train --preset mnist --epochs 3`, in a subfolder of the first folder. Finished
runs are not repeated. The script stops with an error if a run has raised an alarm.
"""
import json
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import gluon_gan as gg
from gluon_gan import losses, viz

EPOCHS, COLUMNS = 3, 20
# With the preset's settings, D wins against minimax within 600 steps: the gradient vanishes where D is confident.
OPTIONS = {'minimax': ['--lr-d', '4e-5', '--noise', '0.5']}
LABEL = 130     # width of the names in pixels


def main(runs, path):
    rows = []
    for loss in losses.OBJECTIVES:
        folder = Path(runs) / loss
        if not (folder / 'samples.png').exists():
            options = ['--runs', runs, '--name', loss, '--loss', loss, *OPTIONS.get(loss, [])]
            subprocess.run([sys.executable, '-m', 'gluon_gan', 'train', '--preset', 'mnist', '--epochs', str(EPOCHS),
                            *options], check=True)
        alarms = folder / 'alarms.jsonl'
        if alarms.exists() and alarms.read_text():
            message = json.loads(alarms.read_text().splitlines()[0])['message']
            raise SystemExit(f'{loss} has raised an alarm: {message}')
        netG = gg.GANTrainer.load(folder).generator()
        rows.append((loss, viz.grid(gg.sample(netG, COLUMNS, seed=1), ncol=COLUMNS, scale=2)))
    height = rows[0][1].height
    image = Image.new('L', (LABEL + rows[0][1].width, height * len(rows)), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=14)
    for i, (loss, row) in enumerate(rows):
        draw.text((6, i * height + height // 2 - 8), loss.replace('_', ' '), fill=0, font=font)
        image.paste(row, (LABEL, i * height))
    print(viz.save(image, path))


if __name__ == '__main__':
    main(*sys.argv[1:])
