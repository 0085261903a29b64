"""The task of a translation: its data, trainer and final images, made from the settings."""
import mxnet as mx
import numpy as np
import pytest
from PIL import Image

from gluon_gan.train.run import Settings
from gluon_gan.translate import task
from helpers.small_translations import SIZE, loader, trainer


@pytest.fixture
def settings(tmp_path):
    """Settings of a small translation between two folders of noise."""
    rng = np.random.default_rng(0)
    for side in 'ab':
        (tmp_path / side).mkdir()
        for number in range(4):
            Image.fromarray(rng.integers(0, 256, (20, 24, 3), dtype=np.uint8)).save(tmp_path / side / f'{number}.png')
    return Settings.make('cyclegan', a=str(tmp_path / 'a'), b=str(tmp_path / 'b'), size=SIZE, ngf=2, ndf=2, blocks=1,
                         halvings=1, batch_size=2, steps=4)


def test_the_loader_yields_pairs_of_the_two_domains(settings, monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    a, b = next(iter(task.make_loader(settings)))
    assert a.shape == b.shape == (2, 3, SIZE, SIZE) and not np.allclose(a.asnumpy(), b.asnumpy())
    with pytest.raises(ValueError, match='a translation trains in one process: leave --workers out'):
        task.make_loader(settings, cluster=object())


def test_the_trainer_has_the_networks_and_options_of_the_settings(settings):
    cycle = task.make_trainer(settings.replace(cycle=3.0, pool=7), mx.cpu())
    assert isinstance(cycle, task.TRAINER) and cycle.cycle == 3.0 and cycle.netG.config['ngf'] == 2
    assert cycle.netG.ab(mx.nd.zeros((1, 3, SIZE, SIZE))).shape == (1, 3, SIZE, SIZE)


def test_a_short_training_records_every_few_steps_and_a_long_one_every_epoch(settings, tmp_path):
    short, = task.recorders(tmp_path, settings, loader(batch_size=2), 3, None)
    long, = task.recorders(tmp_path, settings.replace(steps=400), loader(batch_size=2), 3, None)
    assert short.every == 3 and long.every is None
    assert task.schedules(settings) == [] and task.pixel_scale(settings) == 64 // SIZE


def test_the_final_images_show_both_directions(settings, tmp_path):
    cycle = trainer()
    cycle.fit(loader(count_a=task.SHOWN, count_b=task.SHOWN), steps=1)
    paths = task.final_images(tmp_path, cycle, settings)
    assert set(paths) == {'samples'}
    with Image.open(paths['samples']) as image:
        assert round(6 * image.width / image.height) == task.SHOWN      # six rows, a column for each image
