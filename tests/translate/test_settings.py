"""The settings of a translation: a preset's values, changes, and combinations that make no sense."""
import pytest

from gluon_gan.train.run import Settings
from gluon_gan.translate.settings import NAMED_DOMAINS, TranslationSettings


def test_the_preset_names_its_domains_and_other_data_bring_both(tmp_path):
    settings = Settings.make('cyclegan')
    assert isinstance(settings, TranslationSettings) and settings.task == 'translate'
    assert (settings.data, settings.a, settings.b) == (NAMED_DOMAINS, 'synthetic_red', 'synthetic_teal')
    settings = Settings.make('cyclegan', str(tmp_path))
    assert (settings.data, settings.a, settings.b) == (str(tmp_path), None, None)


def test_a_config_gives_the_settings_back():
    settings = Settings.make('cyclegan', a='quilts', cycle=5.0, pool=0)
    assert (settings.a, settings.cycle, settings.pool) == ('quilts', 5.0, 0)
    assert settings.to_config()['task'] == 'translate' and Settings.from_config(settings.to_config()) == settings


@pytest.mark.parametrize('changes, message', [
    (dict(data=NAMED_DOMAINS, a=None, b='quilts'), 'needs both domains'),
    (dict(data='horse2zebra', a='quilts'), 'holds both domains'),
    (dict(pool='many'), 'pool must be an int'), (dict(decay=2), 'must be a fraction')])
def test_wrong_settings_raise(changes, message):
    with pytest.raises(ValueError, match=message):
        Settings.make('cyclegan').replace(**changes)


def test_a_new_translation_needs_a_loss_that_is_bounded():
    with pytest.raises(ValueError, match='a translation has none: choose least_squares or hinge'):
        Settings.make('cyclegan', loss='wasserstein')
    old = {**Settings.make('cyclegan').to_config(), 'loss': 'wasserstein'}
    assert Settings.from_config(old).loss == 'wasserstein'                     # a run of an earlier version
