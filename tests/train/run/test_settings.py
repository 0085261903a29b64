"""The settings of a training: made from a preset, checked, written and read."""
import dataclasses

import pytest

from gluon_gan.train.run.gan_settings import GANSettings
from gluon_gan.train.run.settings import Settings
from gluon_gan.translate.settings import TranslationSettings


def test_a_preset_and_changes_make_the_settings():
    settings = Settings.make('mnist', ngf=8, lr=None, seed=3)
    assert isinstance(settings, GANSettings)
    assert (settings.data, settings.ngf, settings.seed, settings.epochs, settings.keep) == ('mnist', 8, 3, 25, 3)
    assert (settings.lr, settings.decay, settings.average) == (2e-4, 0.5, 0.999)


@pytest.mark.parametrize('preset, data, wanted', [
    (None, None, ('mnist', 'mnist')), ('celeba', None, ('celeba', 'celeba')), (None, 'quilts', ('quilts', 'quilts')),
    (None, 'flowers17', ('celeba', 'flowers17')), ('dcgan', 'flowers17', ('dcgan', 'flowers17')),
])
def test_preset_and_data_complete_each_other(preset, data, wanted):
    settings = Settings.make(preset, data)
    assert (settings.preset, settings.data) == wanted


def test_the_preset_chooses_the_task():
    assert isinstance(Settings.make('dreams'), TranslationSettings)
    assert isinstance(Settings.make(task='translate'), TranslationSettings)
    assert Settings.make(task='translate').preset == 'cyclegan'


def test_a_path_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'images').mkdir()
    assert Settings.make(data='images').data == str(tmp_path / 'images')


@pytest.mark.parametrize('changes, message', [
    (dict(nfg=3), "there is no setting 'nfg'; the settings are preset, data, epochs, steps"),
    (dict(a='quilts'), 'a is a setting of the task translate, and this is generate: leave it out'),
    (dict(ngf='many'), "ngf must be an int, not 'many'"),
    (dict(ngf=True), 'ngf must be an int, not True'),
    (dict(lr='fast'), "lr must be a number, not 'fast'"),
    (dict(half='yes'), "half must be true or false, not 'yes'"),
    (dict(epochs=0), 'epochs must be an int of at least 1, not 0'),
    (dict(steps=2.5), 'steps must be an int or None, not 2.5'),
    (dict(decay=2), 'must be a fraction from 0 to 1'),
    (dict(augment='heavy'), "there is no augmentation 'heavy'"),
    (dict(keep=0), 'keep must be an int of at least 1, not 0'),
    (dict(save_every=0), 'save_every must be an int of at least 1, not 0'),
    (dict(best=' '), 'best must be the name of a recorded number'),
    (dict(task='dance'), "there is no task 'dance'; the tasks are generate, translate"),
])
def test_a_wrong_setting_is_named(changes, message):
    with pytest.raises(ValueError) as caught:
        Settings.make(**changes)
    assert message in str(caught.value) and '\n' not in str(caught.value)


def test_a_copy_is_checked_and_settings_cannot_be_changed():
    settings = Settings.make('mnist')
    assert settings.replace(keep=5).keep == 5 and settings.keep == 3
    with pytest.raises(ValueError, match='keep must be an int of at least 1'):
        settings.replace(keep=0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.keep = 5


@pytest.mark.parametrize('preset', ['mnist-conditional', 'quilts', 'cyclegan', 'dreams'])
def test_settings_are_read_as_they_were_written(preset):
    settings = Settings.make(preset, seed=4)
    config = settings.to_config()
    assert Settings.from_config({**config, 'data_name': 'ignored'}) == settings
    assert config.get('task', 'generate') == settings.task


def test_settings_that_older_versions_did_not_write_have_their_defaults():
    config = Settings.make('celeba').to_config()
    for name in ('augment', 'diff_augment', 'keep', 'best', 'lrG', 'd_steps', 'norm'):
        del config[name]
    settings = Settings.from_config({**config, 'decay': None})
    assert (settings.augment, settings.diff_augment, settings.keep, settings.norm) == ('none', 'none', 3, 'batch')
    assert settings.decay == 1
    del config['nz']
    with pytest.raises(ValueError, match="it has no 'nz'"):
        Settings.from_config(config)


@pytest.mark.parametrize('ends, total', [((None, 7), 7), ((2, None), 20), ((2, 7), 7), ((2, 70), 20)])
def test_the_training_ends_at_the_first_of_both_ends(ends, total):
    epochs, steps = ends
    assert Settings.make('mnist').replace(epochs=epochs, steps=steps).total_steps(10) == total


def test_every_field_is_described():
    for cls in (GANSettings, TranslationSettings):
        for field in dataclasses.fields(cls):
            assert len(field.metadata['doc']) > 5 and f'\n{field.name} : ' in cls.__doc__


@pytest.mark.parametrize('loss, label', [('hinge', 1.0), ('wasserstein', 1.0), ('relativistic', 1.0),
                                         ('least_squares', 0.9)])
def test_a_preset_smooths_no_label_that_the_loss_does_not_have(loss, label):
    assert Settings.make('celeba', loss=loss).real_label == label
    assert Settings.make('celeba', loss=loss, real_label=0.8).real_label == 0.8      # refused by the trainer
