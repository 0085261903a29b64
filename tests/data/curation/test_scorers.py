"""The scorer that is taught by examples, on drawn ones and on the real thing."""
import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from gluon_gan.data import ExampleScorer, pictures
from gluon_gan.data.curation import features, scorers
from PIL import Image, ImageDraw

REAL = os.environ.get('GLUON_GAN_DATA', '')
NEEDED = 'quilts/quilts.zip', 'flowers17/17flowers_128.zip', 'celeba/img_align_celeba.zip'
needs_real = pytest.mark.skipif(not all((Path(REAL) / name).exists() for name in NEEDED), reason='quilts, flowers and faces are not there')


def drawing(kind, seed, size=(150, 140)):
    """Squares, or discs, at random places and in random colours."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', size, tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, side = rng.integers(0, 120), rng.integers(0, 120), rng.integers(15, 40)
        shape = draw.rectangle if kind == 'squares' else draw.ellipse
        shape((x, y, x + side, y + side), tuple(rng.integers(0, 256, 3).tolist()))
    return image


def write(folder, kind, seeds):
    folder.mkdir()
    for seed in seeds:
        drawing(kind, seed).save(folder / f'{kind} {seed}.png')
    return folder


def read(kind, seeds):
    return np.stack([pictures.square(drawing(kind, seed), features.SIDE) for seed in seeds])


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    parent = tmp_path_factory.mktemp('examples')
    return write(parent / 'like', 'squares', range(8)), write(parent / 'unlike', 'discs', range(8, 16))


@pytest.fixture(scope='module')
def taught(folders):
    return ExampleScorer(*folders)


def test_it_tells_squares_from_discs_it_has_not_seen(taught):
    (wanted, objections), (others, _) = taught(read('squares', range(100, 120))), taught(read('discs', range(200, 220)))
    assert wanted.shape == (20,) and objections == [None] * 20
    assert 0 <= others.min() and wanted.max() <= 1
    assert (wanted[:, None] > others).mean() > 0.9 and wanted.mean() > 0.7 > 0.3 > others.mean()


def test_scores_do_not_depend_on_the_company_nor_on_the_names(taught, folders, tmp_path):
    squares = read('squares', range(100, 105))
    alone = np.concatenate([taught(square[None])[0] for square in squares])
    assert np.abs(taught(squares)[0] - alone).max() < 1e-9
    renamed = []
    for folder in folders:
        (tmp_path / folder.name).mkdir()
        for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
            renamed.append(tmp_path / folder.name / f'{number}.png')
            renamed[-1].write_bytes(path.read_bytes())
    again = ExampleScorer(renamed[:8], renamed[8:])
    assert again.settings() == taught.settings() and (again(squares)[0] == taught(squares)[0]).all()


def test_settings_tell_the_examples(taught, folders):
    assert taught.settings()['like'] == taught.settings()['unlike'] == 8 and taught.size == features.SIDE
    turned = ExampleScorer(*folders[::-1])
    assert turned.settings() != taught.settings()


def test_bad_examples(folders, tmp_path):
    like, unlike = folders
    few = sorted(like.iterdir())
    with pytest.raises(ValueError, match='like: 4 different pictures where 5 are the least'):
        ExampleScorer([*few[:4], few[0]], unlike)
    with pytest.raises(ValueError, match='squares 0.png is among the wanted and the unwanted'):
        ExampleScorer(like, [*unlike.iterdir(), few[0]])
    with pytest.raises(ValueError, match='unlike: .*nowhere is no folder'):
        ExampleScorer(like, tmp_path / 'nowhere')
    (tmp_path / 'text.png').write_text('text')
    with pytest.raises(ValueError, match='like: .*text.png is no picture that can be read: take it out'):
        ExampleScorer([*few, tmp_path / 'text.png'], unlike)


def test_examples_that_cannot_be_told_apart():
    """Leaving one out of two equal halves leaves more of the others near it: the decision points the wrong way."""
    table = np.repeat(np.arange(6.0), 2)[:, None]
    with pytest.raises(ValueError, match='cannot be told apart'):
        scorers.Regression([table], np.tile([0, 1], 6))


@pytest.mark.parametrize('blank', [0, 255])
def test_features_of_nothing_are_numbers(blank):
    kinds = features.describe(np.full((2, 128, 128, 3), blank, np.uint8))
    assert all(np.isfinite(kind).all() and kind.dtype == np.float32 and len(kind) == 2 for kind in kinds)
    assert sum(kind.shape[1] for kind in kinds) > 500


def test_textures_by_hand():
    """A single bright pixel on black: itself has no brighter neighbour, each of its eight neighbours one, all others none."""
    lab = np.zeros((128, 128, 3), np.float32)
    lab[50, 50, 0] = 100
    finest = features.textures(lab)[0] ** 2 * 126 * 126
    assert np.allclose(finest, [126 * 126 - 8, 8, 0, 0, 0, 0, 0, 0, 0, 0])


@pytest.mark.realdata
@needs_real
def test_quilts_among_flowers_and_faces(monkeypatch):
    """A small share of benchmarks/curation.py, which has the figures: two draws, 150 of each source."""
    path = Path(__file__).parents[3] / 'benchmarks' / 'curation.py'
    spec = importlib.util.spec_from_file_location('curation_benchmark', path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    monkeypatch.setenv('GLUON_GAN_DATA', REAL)
    images = [benchmark.squares(name, 150) for name in benchmark.SOURCES]
    source = np.repeat(range(3), [len(part) for part in images])
    kinds = features.describe(np.concatenate(images))
    for seed in (0, 1):
        assert benchmark.measure(kinds, source, seed)['all'] >= 0.95
