"""The scorer that is trained on examples, with synthetic images and with photographs."""
import hashlib
import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gluon_gan.curation import ExampleScorer, features, scorers
from gluon_gan.data import image_files

REAL = os.environ.get('GLUON_GAN_DATA', '')
NEEDED = 'quilts/quilts.zip', 'flowers17/17flowers_128.zip', 'celeba/img_align_celeba.zip'
needs_real = pytest.mark.skipif(not all((Path(REAL) / name).exists() for name in NEEDED),
                                reason='quilts, flowers and faces are missing')


def shapes(kind, seed, size=(150, 140)):
    """An image of squares, or discs, with random positions and colours."""
    rng = np.random.default_rng(seed)
    image = Image.new('RGB', size, tuple(rng.integers(0, 256, 3).tolist()))
    canvas = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, side = rng.integers(0, 120), rng.integers(0, 120), rng.integers(15, 40)
        shape = canvas.rectangle if kind == 'squares' else canvas.ellipse
        shape((x, y, x + side, y + side), tuple(rng.integers(0, 256, 3).tolist()))
    return image


def write(folder, kind, seeds):
    folder.mkdir()
    for seed in seeds:
        shapes(kind, seed).save(folder / f'{kind} {seed}.png')
    return folder


def read(kind, seeds):
    return np.stack([image_files.square(shapes(kind, seed), features.SIDE) for seed in seeds])


@pytest.fixture(scope='module', autouse=True)
def features_once():
    """The features of an image are computed once for all tests."""
    compute, known = features._features, {}

    def remembered(square):
        key = square.tobytes()
        if key not in known:
            known[key] = compute(square)
        return known[key]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, '_features', remembered)
        yield


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    parent = tmp_path_factory.mktemp('examples')
    return write(parent / 'like', 'squares', range(8)), write(parent / 'unlike', 'discs', range(8, 16))


@pytest.fixture(scope='module')
def trained(folders):
    return ExampleScorer(*folders)


def test_new_squares_and_discs_are_distinguished(trained):
    wanted, objections = trained(read('squares', range(100, 120)))
    others, _ = trained(read('discs', range(200, 220)))
    assert wanted.shape == (20,) and objections == [None] * 20
    assert 0 <= others.min() and wanted.max() <= 1
    assert (wanted[:, None] > others).mean() > 0.9 and wanted.mean() > 0.7 > 0.3 > others.mean()


def test_scores_depend_neither_on_the_rest_of_the_batch_nor_on_file_names(trained, folders, tmp_path):
    squares = read('squares', range(100, 105))
    alone = np.concatenate([trained(square[None])[0] for square in squares])
    assert np.abs(trained(squares)[0] - alone).max() < 1e-9
    renamed = []
    for folder in folders:
        (tmp_path / folder.name).mkdir()
        for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
            renamed.append(tmp_path / folder.name / f'{number}.png')
            renamed[-1].write_bytes(path.read_bytes())
    again = ExampleScorer(renamed[:8], renamed[8:])
    assert again.settings() == trained.settings() and (again(squares)[0] == trained(squares)[0]).all()


def test_settings_identify_the_examples(trained, folders):
    assert trained.settings()['like'] == trained.settings()['unlike'] == 8 and trained.size == features.SIDE
    swapped = ExampleScorer(*folders[::-1])
    assert swapped.settings() != trained.settings()


def test_bad_examples_are_refused(folders, tmp_path):
    like, unlike = folders
    few = sorted(like.iterdir())
    with pytest.raises(ValueError, match='like: 4 different images, but at least 5 are needed'):
        ExampleScorer([*few[:4], few[0]], unlike)
    with pytest.raises(ValueError, match='squares 0.png is among the wanted and the unwanted examples'):
        ExampleScorer(like, [*unlike.iterdir(), few[0]])
    with pytest.raises(ValueError, match='unlike: .*nowhere is not a folder'):
        ExampleScorer(like, tmp_path / 'nowhere')
    (tmp_path / 'text.png').write_text('text')
    with pytest.raises(ValueError, match='like: .*text.png is not a readable image: remove it'):
        ExampleScorer([*few, tmp_path / 'text.png'], unlike)


def test_identical_classes_are_refused():
    """With one fold left out, more of the other class remains near it, so the decision values have the wrong sign."""
    table = np.repeat(np.arange(6.0), 2)[:, None]
    with pytest.raises(ValueError, match='cannot be distinguished'):
        scorers.Regression([table], np.tile([0, 1], 6))


@pytest.mark.realdata
@needs_real
def test_quilts_among_flowers_and_faces(monkeypatch):
    """A small part of benchmarks/curation.py: two choices of examples, 150 images of each source."""
    path = Path(__file__).parents[2] / 'benchmarks' / 'curation.py'
    spec = importlib.util.spec_from_file_location('curation_benchmark', path)
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    monkeypatch.setenv('GLUON_GAN_DATA', REAL)
    images = [benchmark.squares(name, 150) for name in benchmark.SOURCES]
    source = np.repeat(range(3), [len(part) for part in images])
    groups = features.describe(np.concatenate(images))
    for seed in (0, 1):
        assert benchmark.measure(groups, source, seed)['all'] >= 0.95


def batches(*parts, size=16):
    """The corpus in the order of the checksums of its squares, in batches."""
    squares = sorted(np.concatenate(parts), key=lambda square: hashlib.sha256(square.tobytes()).hexdigest())
    return [np.stack(squares[start:start + size]) for start in range(0, len(squares), size)]


@pytest.fixture(scope='module')
def corpus():
    return read('squares', range(300, 370)), read('discs', range(400, 470))


def test_an_adapted_scorer_distinguishes_at_least_as_well_and_is_another_scorer(trained, corpus):
    before = trained(corpus[0])[0]
    adapted = trained.adapted(batches(*corpus))
    assert adapted is not trained and (trained(corpus[0])[0] == before).all()
    assert adapted.settings() == trained.settings() and adapted._model.added > 50
    wanted, others = (adapted(read(kind, range(100, 140)))[0] for kind in ('squares', 'discs'))
    assert (wanted[:, None] > others).mean() > 0.9 and wanted.mean() > 0.7 > 0.3 > others.mean()


def test_adapting_is_deterministic_and_independent_of_the_batches(trained, corpus):
    once, again = (trained.adapted(batches(*corpus, size=size)) for size in (16, 50))
    assert (once(corpus[1])[0] == again(corpus[1])[0]).all()


def test_a_small_corpus_leads_to_no_adaptation(trained, corpus):
    assert trained.adapted(batches(corpus[0][:49], corpus[1][:50])) is trained
    assert trained.adapted(iter([])) is trained


def test_a_corpus_without_wanted_images_adds_no_examples(trained, corpus):
    """Nor does one with very few: most of what scores high there is an error."""
    others = np.concatenate([corpus[1], read('discs', range(500, 540))])
    for few in (0, 4):
        adapted = trained.adapted(batches(corpus[0][:few], others))
        assert adapted._model.added == 0
        assert (adapted(others)[0] >= trained.threshold).mean() < 0.1


def test_a_corpus_of_wanted_images_alone_keeps_them(trained):
    squares = read('squares', range(600, 720))
    before, after = ((scorer(squares)[0] >= 0.8).mean() for scorer in (trained, trained.adapted(batches(squares))))
    assert after >= before - 0.05 and after > 0.5
