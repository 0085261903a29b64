"""Random arguments for the public functions of the data sets and loaders: a result, or a documented error in one line.

What costs seconds with valid arguments (rendering ten thousand faces) is called with a wrong name or size only.
"""
import os
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from gluon_gan import catalogue, data
from gluon_gan.data import augment
from helpers.properties import arguments, arrays, call, examples, odd

MISSING = (ValueError, FileNotFoundError, NotADirectoryError, data.DownloadError)
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
COUNT, BOOLS, SHARE = st.integers(1, 12), st.booleans(), st.floats(0, 1)
LABELS = st.sampled_from([None, np.arange(12)])


def images(channels=3, labels=True):
    return data.ImageArray(PIXELS[..., :channels], labels=np.arange(12) % 3 if labels else None)


@examples(120)
@given(arguments(images=st.one_of(st.just(PIXELS), st.just(PIXELS[..., 0])), labels=LABELS,
                 attributes=st.sampled_from([None, np.ones((12, 2), bool), {'a': np.arange(12)}]),
                 attribute_names=st.sampled_from([(), ('a', 'b')]), parameters=st.none(),
                 classes=st.sampled_from([(), ['x', 'y']])), st.one_of(odd(), arrays(), st.integers(-14, 14)))
def test_an_image_array_is_checked_when_it_is_created(given_arguments, index):
    made = call(data.ImageArray, **given_arguments)
    if made is not None:
        assert made.shape[0] == len(made) and repr(made) and made.channels in (1, 3) and made.size is not None
        part = call(made.__getitem__, index, documented=(IndexError,))
        assert part is None or isinstance(part, (np.ndarray, data.ImageArray))
        call(made.attribute, index)


@examples(120)
@given(arguments(batch_size=COUNT, shuffle=BOOLS, seed=st.integers(0, 2 ** 70), augment=st.none(), drop_last=BOOLS,
                 ctx=st.none(), labels=BOOLS, part=st.just(0), parts=st.just(1)),
       st.one_of(odd(), st.fixed_dictionaries({'epoch': odd(), 'batch': odd()})))
def test_a_loader_yields_batches_of_one_form(given_arguments, state):
    loader = call(data.batches, images(), **given_arguments)
    if loader is not None:
        call(loader.restore, state)
        assert loader.state()['batch'] < len(loader) and repr(loader)
        batch = next(iter(loader))
        batch = batch[0] if isinstance(batch, tuple) else batch
        values = batch.asnumpy()
        assert values.shape[1:] == (3, 8, 8) and values.dtype == np.float32 and abs(values).max() <= 1


@examples(30)
@given(odd(), odd())
def test_a_loader_takes_nothing_but_images(first, second):
    call(data.batches, first)
    call(data.Pairs, first)
    try:
        data.TwoDomains(images(), second)
    except ValueError as error:
        assert '\n' not in str(error)


@examples(25)
@given(arguments(batch_size=st.integers(1, 5), seed=st.integers(0, 9), augment=st.none(), ctx=st.none()),
       st.sampled_from([1, 3]))
def test_pairs_are_checked_like_batches(given_arguments, channels):
    pairs = call(data.Pairs, data.TwoDomains(images(), images(channels)), **given_arguments)
    if pairs is not None:
        a, b = next(iter(pairs))
        assert a.shape == b.shape == (pairs.batch_size, 3, 8, 8)


@examples(80)
@given(arguments(name=st.just('x'), mirror=SHARE, upside_down=SHARE, affine=SHARE, scale=st.just((.5, 2)),
                 rotate=st.floats(0, 180), shear=st.floats(0, 89), shift=SHARE, crop=st.floats(0, .49), blur=SHARE,
                 brightness=SHARE, by_channel=SHARE), st.one_of(st.just(PIXELS), arrays()))
def test_an_augmentation_keeps_the_form_of_a_batch(settings, batch):
    made = call(augment.Augmentation, **settings)
    if made is not None:
        changed = call(made, batch, np.random.default_rng(0))
        assert changed is None or (changed.shape == np.shape(batch) and changed.dtype == np.uint8)


NAMED = {
    data.mnist: dict(split=st.sampled_from(['train', 'test']), size=st.sampled_from([28, 32]), download=st.just(False)),
    data.render_faces: dict(count=st.integers(0, 2), size=st.integers(16, 24), seed=st.integers(0, 9),
                            start=st.integers(0, 9)),
    data.render_quilts: dict(count=st.integers(0, 2), size=st.integers(16, 24), seed=st.integers(0, 9),
                             start=st.integers(0, 9)),
    data.celeba: dict(split=odd(), size=odd(), download=st.just(False)),
    data.synthetic_faces: dict(split=odd(), size=odd()),
    data.synthetic_domain: dict(name=odd(), split=odd(), size=odd()),
    data.render_domain: dict(name=odd(), parameters=odd()),
    data.quilts: dict(split=odd(), size=odd()),
    data.cifar10: dict(split=odd(), download=st.just(False)),
    data.flowers17: dict(split=odd(), size=odd(), download=st.just(False)),
    data.flowers102: dict(split=odd(), size=odd(), download=st.just(False)),
    data.two_domains: dict(path=odd(), split=odd(), size=odd(), download=st.just(False)),
    data.folder: dict(path=odd(), size=odd(), max_bad_share=odd()),
    augment.named: dict(name=odd()),
    catalogue.load: dict(name=odd()),
    catalogue.domain: dict(name=odd(), split=odd(), size=odd()),
    catalogue.held_out: dict(name=odd()),
}


@pytest.mark.parametrize('function', NAMED, ids=lambda function: function.__name__)
def test_names_and_sizes_are_checked_first(function, elsewhere, monkeypatch):
    import inspect
    known = inspect.signature(function).parameters
    valid = {name: strategy for name, strategy in NAMED[function].items() if name in known}

    @examples(25)
    @given(arguments(**valid))
    def check(chosen):
        assume(not isinstance(chosen.get('name'), str) or chosen['name'] != 'mnist')       # which is valid
        call(function, documented=MISSING, folder=elsewhere, **chosen)

    check()


GOOD, GREY = 'good', 'grey'
CONTENTS = st.one_of(st.sampled_from([GOOD, GREY, b'', b'GIF89a', b'\x89PNG\r\n\x1a\n', b'version https://git-lfs']),
                     st.binary(max_size=20))
NAMES = st.sampled_from(['1.png', '2.jpg', 'a/3.png', 'b/4.png', 'a/5.txt', 'c/d/6.gif', '.7.png', '8.PNG'])


def written(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if content in (GOOD, GREY):
        Image.new('RGB' if content == GOOD else 'L', (9, 7), 50).save(path, 'PNG')
    else:
        path.write_bytes(content)


@examples(40)
@given(st.dictionaries(NAMES, CONTENTS, max_size=5), st.sampled_from(['folder', 'zip', 'tar', 'cut zip', 'cut tar']),
       arguments(size=st.integers(1, 9), max_bad_share=SHARE, _most=1))
def test_any_files_are_a_data_set_or_one_line(tmp_path_factory, files, kind, options):
    place = tmp_path_factory.mktemp('files')
    source, cache = place / 'source', place / 'cache'
    source.mkdir()
    cache.mkdir()
    for name, content in files.items():
        written(source / name, content)
    path = packed(source, kind)
    before = os.environ.get('GLUON_GAN_CACHE')
    os.environ['GLUON_GAN_CACHE'] = str(cache)
    try:
        made = call(data.folder, path, folder=cache, **options)
    finally:
        os.environ.pop('GLUON_GAN_CACHE')
        if before:
            os.environ['GLUON_GAN_CACHE'] = before
    if made is not None:
        assert made.shape[1:3] == (options['size'],) * 2 and 1 <= len(made) <= len(files)


def packed(source, kind):
    """The folder itself, or an archive of its files, cut in the middle if the kind says so."""
    if kind == 'folder':
        return source
    path = Path(f'{source}.{kind[-3:]}')
    names = sorted(file for file in source.rglob('*') if file.is_file())
    if path.suffix == '.zip':
        with zipfile.ZipFile(path, 'w') as archive:
            for file in names:
                archive.write(file, file.relative_to(source))
    else:
        with tarfile.open(path, 'w') as archive:
            for file in names:
                archive.add(file, file.relative_to(source))
    if kind.startswith('cut'):
        path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    return path
