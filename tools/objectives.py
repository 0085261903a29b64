"""Train the 28 px networks with every objective, and put a row of digits of each on one sheet.

::

    GLUON_GAN_DATA=... python tools/objectives.py runs/objectives docs/objectives.png

Trains `gluon-gan train --preset mnist --epochs 3` with each objective into the folder, but for those that are there already,
and refuses to draw a sheet that hides an alarm.
"""
import json
import subprocess
import sys
from pathlib import Path

import gluon_gan as gg
from gluon_gan import losses, viz
from PIL import Image, ImageDraw, ImageFont

EPOCHS, COLUMNS = 3, 20
# Alone, minimax lets D win within the first 600 steps: its gradient vanishes where D is sure.
OPTIONS = {'minimax': ['--lr-d', '4e-5', '--noise', '0.5']}
LABEL = 130     # pixels for the names


def main(runs, sheet):
    rows = []
    for loss in losses.OBJECTIVES:
        folder = Path(runs) / loss
        if not (folder / 'samples.png').exists():
            subprocess.run([sys.executable, '-m', 'gluon_gan', 'train', '--preset', 'mnist', '--epochs', str(EPOCHS), '--runs', runs,
                            '--name', loss, '--loss', loss, *OPTIONS.get(loss, [])], check=True)
        alarms = folder / 'alarms.jsonl'
        if alarms.exists() and alarms.read_text():
            raise SystemExit(f'{loss} has raised an alarm: {json.loads(alarms.read_text().splitlines()[0])["message"]}')
        netG = gg.GANTrainer.load(folder).generator()
        rows.append((loss, viz.grid(gg.sample(netG, COLUMNS, seed=1), ncol=COLUMNS, scale=2)))
    height = rows[0][1].height
    picture = Image.new('L', (LABEL + rows[0][1].width, height * len(rows)), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(size=14)
    for i, (loss, row) in enumerate(rows):
        draw.text((6, i * height + height // 2 - 8), loss.replace('_', ' '), fill=0, font=font)
        picture.paste(row, (LABEL, i * height))
    print(viz.save(picture, sheet))


if __name__ == '__main__':
    main(*sys.argv[1:])
