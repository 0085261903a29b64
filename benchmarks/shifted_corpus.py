"""A stand-in for a scraped folder that differs from the examples: other quilts, and other kinds of unwanted images."""
import csv
import gzip
import io
import tarfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from gluon_gan.data import image_files, root
from gluon_gan.synthetic.fabrics import PALETTES, TILE, prints, weave

SIDE, EACH = 128, 250               # pixels, and images of each rendered kind
ANIMALS, VEHICLES = (2, 3, 4, 5, 6, 7), (0, 1, 8, 9)       # classes of CIFAR-10
OTHER_SOURCE = 'louis623/priscilla-roberts-quilts'
WORDS = 'SALE CLASS QUILT shop open Saturday fabric new block of the month sign up today thread retreat'.split()


def quilt_names():
    """``(N,)`` str: the quilt that each photograph shows; all quilts of the small source have one name."""
    with open(root() / 'quilts' / 'quilts_sources.csv', newline='') as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row['file'])
    return np.array([row['original_path'].split('/')[-2] if row['repository'] != OTHER_SOURCE else OTHER_SOURCE
                     for row in rows])


def rendered():
    """dict of ``(N, 128, 128, 3)`` uint8: the kinds of unwanted images besides flowers and faces."""
    rng, found = np.random.default_rng(0), {}
    with tarfile.open(root() / 'cifar10' / 'cifar-10-binary-subset.tar.gz') as archive:
        content = b''.join(archive.extractfile(member).read() for member in archive if 'data_batch' in member.name)
    records = np.frombuffer(content, np.uint8).reshape(-1, 3073)
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    for name, classes in (('animals', ANIMALS), ('vehicles', VEHICLES)):
        chosen = rng.permutation(np.flatnonzero(np.isin(records[:, 0], classes)))[:EACH]
        found[name] = np.stack([compressed(Image.fromarray(pixels[index])) for index in chosen])
    with gzip.open(root() / 'mnist' / 't10k-images-idx3-ubyte.gz') as file:
        digits = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    found['fabric'] = np.stack([fabric(rng) for _ in range(EACH)])
    found['posters'] = np.stack([poster(rng) for _ in range(EACH)])
    found['digits'] = np.stack([page(rng, digits) for _ in range(EACH)])
    return found


def compressed(image):
    """The image at 128 x 128 pixels, saved as a JPEG of quality 92: ``(128, 128, 3)`` uint8."""
    if image.size != (SIDE, SIDE):
        image = image.resize((SIDE, SIDE), Image.Resampling.BICUBIC if image.width < SIDE else Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, 'JPEG', quality=92)
    return np.asarray(image_files.read(buffer.getvalue()))


def palette(rng):
    """``(6, 3)``: six matching colours, 0 to 255, in random order."""
    colours = PALETTES[rng.integers(len(PALETTES))]
    return rng.permutation(colours * 255 if PALETTES.max() <= 1 else colours)


def fabric(rng, side=2 * SIDE):
    """One to three pieces of printed cloth, with random scale, rotation, creases and light, but without seams."""
    colours, tiles, canvas = palette(rng), prints(), np.zeros((side, side, 3))
    y, x = np.mgrid[:side, :side] - side / 2
    pieces, direction = rng.integers(1, 4), rng.uniform(0, 2 * np.pi)
    edges = np.sort(rng.uniform(-0.3, 0.3, pieces - 1)) * side
    piece = np.searchsorted(edges, np.cos(direction) * x + np.sin(direction) * y)
    for number in range(pieces):
        angle, period = rng.uniform(0, np.pi), rng.uniform(16, 110)
        bend = rng.uniform(0, 0.12) * np.sin(y / rng.uniform(40, 120))
        u = ((np.cos(angle) * x + np.sin(angle) * y) / period + bend) % 1
        v = ((np.cos(angle) * y - np.sin(angle) * x) / period) % 1
        ink = tiles[rng.integers(len(tiles))][(v * TILE).astype(int) % TILE, (u * TILE).astype(int) % TILE, None]
        ground, figure = rng.permutation(colours)[:2]
        canvas = np.where((piece == number)[..., None], ground * (1 - ink) + figure * ink, canvas)
    light = 1 + (rng.uniform(-0.4, 0.4) * x + rng.uniform(-0.4, 0.4) * y) / side
    for _ in range(rng.integers(0, 4)):
        angle = rng.uniform(0, np.pi)
        distance = np.cos(angle) * x + np.sin(angle) * y - rng.uniform(-100, 100)
        light += rng.uniform(-0.3, 0.3) * np.exp(-(distance / rng.uniform(6, 30)) ** 2)
    cloth = 1 + 0.25 * np.tile(weave(), (side // SIDE, side // SIDE))
    image = Image.fromarray(np.clip(canvas * (cloth * light)[..., None], 0, 255).astype(np.uint8))
    return compressed(image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2))))


def poster(rng, side=2 * SIDE):
    """An announcement: lines of text in several sizes, rectangles and ellipses, and perhaps a frame."""
    colours = [tuple(map(int, colour)) for colour in palette(rng)]
    image = Image.new('RGB', (side, side), colours[0])
    canvas = ImageDraw.Draw(image)
    for _ in range(rng.integers(0, 4)):
        (x, y), (width, height) = rng.integers(0, 200, 2).tolist(), rng.integers(30, 200, 2).tolist()
        shape = canvas.rectangle if rng.random() < 0.6 else canvas.ellipse
        shape((x, y, x + width, y + height), colours[rng.integers(6)])
    if rng.random() < 0.5:
        canvas.rectangle((8, 8, side - 8, side - 8), outline=colours[rng.integers(6)], width=int(rng.integers(2, 8)))
    y = int(rng.integers(5, 40))
    while y < side - 16:
        height, text = int(rng.integers(10, 48)), ' '.join(rng.choice(WORDS, rng.integers(1, 5)))
        canvas.text((int(rng.integers(5, 60)), y), text, colours[rng.integers(6)], ImageFont.load_default(height))
        y += height + int(rng.integers(2, 30))
    return compressed(image)


def page(rng, digits):
    """One to 25 digits, written in one colour on another."""
    count = int(rng.integers(1, 6))
    chosen = digits[rng.integers(len(digits), size=(count, count))].swapaxes(1, 2).reshape(28 * count, 28 * count)
    ink = np.asarray(Image.fromarray(chosen).resize((SIDE, SIDE), Image.Resampling.BICUBIC))[..., None] / 255
    paper, pen = rng.uniform(150, 255, 3), rng.uniform(0, 120, 3)
    if rng.random() < 0.3:
        paper, pen = pen, paper
    noisy = paper * (1 - ink) + pen * ink + rng.normal(0, 2, (SIDE, SIDE, 3))
    return compressed(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))


def choose(quilts, kinds, seed, source, most=200):
    """Choose examples and a corpus.

    Parameters
    ----------
    quilts : numpy.ndarray
        ``(N,)`` of :func:`quilt_names`.
    kinds : dict of numpy.ndarray
        The rows of each kind of unwanted image in the table of all images; those of the quilts come first.
    seed : int
        The seed of all choices.
    source : bool
        True: the wanted examples are the 19 whole quilts of one source, and the corpus holds photographs of the other,
        half of them details. False: they are 20 photographs of six quilts, and the corpus shows all others.
    most : int
        The largest number of quilts in the corpus.

    Returns
    -------
    tuple of numpy.ndarray
        The rows of the wanted examples, of the unwanted ones (20, of three kinds), of the wanted images of the corpus,
        and of the unwanted ones. The latter are of all kinds in random proportions, 40 to 70 % of the corpus.
    """
    rng = np.random.default_rng(seed)
    if source:
        known = [OTHER_SOURCE]
    else:
        known = rng.permutation(np.setdiff1d(quilts, [OTHER_SOURCE]))[:6]
    like = rng.permutation(np.flatnonzero(np.isin(quilts, known)))[:20]
    wanted = rng.permutation(np.flatnonzero(~np.isin(quilts, known)))[:most]
    names = rng.permutation(list(kinds))
    order = {name: rng.permutation(kinds[name]) for name in names}
    unlike = np.concatenate([order[name][:count] for name, count in zip(names, (7, 7, 6))])
    share = rng.uniform(0.3, 0.6)
    counts = rng.multinomial(round(len(wanted) * (1 - share) / share), rng.dirichlet(np.full(len(names), 2.0)))
    others = np.concatenate([order[name][10:10 + count] for name, count in zip(names, counts)])
    return like, unlike, wanted, others
