"""Names of earlier versions: they are translated, or an error gives the new name."""
import importlib
import json
import pkgutil
import shutil
from pathlib import Path

import pytest

import gluon_gan as gg
from gluon_gan import catalogue, cli, presets, zoo
from gluon_gan.data import synthetic_sets
from gluon_gan.support import renamed, storage
from gluon_gan.train.run import Settings
from gluon_gan.train.run.source import generator, settings

RUN_OF_VERSION_0_1 = Path(__file__).parents[1] / 'train' / 'run' / 'run_of_version_0_1'    # written by that version
SMALL = ['--size', '28', '--ngf', '1', '--ndf', '1', '--nz', '2', '--batch-size', '8', '--steps', '1']


@pytest.fixture(autouse=True)
def elsewhere(elsewhere, monkeypatch):
    """Use an empty folder with few synthetic images; every test reports old names anew."""
    monkeypatch.setattr(renamed, '_reported', set())
    monkeypatch.setitem(synthetic_sets.FACES, 'train', (0, 16))
    return elsewhere


@pytest.fixture
def old_run():
    shutil.copytree(RUN_OF_VERSION_0_1, 'runs/old')
    return Path('runs/old')


def test_every_replacement_exists():
    assert set(renamed.DATA_SETS.values()) <= set(catalogue.SETS)
    assert set(renamed.DOMAINS.values()) <= set(synthetic_sets.DOMAINS)
    assert set(renamed.PRESETS.values()) <= set(presets.PRESETS) and set(renamed.WEIGHTS.values()) <= set(zoo.names())


@pytest.mark.parametrize('module, name, new', [
    (module, name, new) for module, names in renamed.ATTRIBUTES.items() for name, new in names.items()])
def test_a_renamed_attribute_names_its_replacement(module, name, new):
    with pytest.raises(AttributeError) as caught:
        getattr(importlib.import_module(module), name)
    assert str(caught.value) == f'{module}.{name} has been renamed: use {new}'
    pkgutil.resolve_name(new)


def test_an_attribute_that_never_existed():
    for module in map(importlib.import_module, renamed.ATTRIBUTES):
        assert not hasattr(module, 'nonsense')


@pytest.mark.parametrize('old, new', [
    ('drawn_faces train (10,000 faces drawn by gluon_gan)', 'synthetic_faces train (10,000 synthetic faces)'),
    ('drawn_red test (500 quilts drawn by gluon_gan)', 'synthetic_red test (500 synthetic quilts)'),
    ('celeba stand-in: 4,000 faces drawn by gluon_gan', 'celeba stand-in: 4,000 synthetic faces'),
    ('quilts stand-in: 4,000 quilts drawn by gluon_gan', 'quilts stand-in: 4,000 synthetic quilts'),
    ('drawn_faces (16 pictures)', 'drawn_faces (16 pictures)'),              # a folder of that name
    ('mnist train (60,000 digits, IDX)', 'mnist train (60,000 digits, IDX)'),
])
def test_the_full_name_of_a_data_set(old, new):
    assert renamed.data_set_text(old) == renamed.data_set_text(new) == new


def test_the_current_full_names_are_those_that_old_ones_are_translated_to(monkeypatch):
    for name in renamed.DOMAINS:
        _, _, splits = synthetic_sets.DOMAINS[renamed.DOMAINS[name]]
        monkeypatch.setitem(splits, 'train', (0, 2))
        images = catalogue.domain(name, size=16)
        kind = {'drawn_red': 'quilts', 'drawn_teal': 'quilts'}.get(name, 'faces')
        assert images.name == renamed.data_set_text(f'{name} train (2 {kind} drawn by gluon_gan)')
    assert catalogue.load('drawn_faces', size=16).name == renamed.data_set_text(
        'drawn_faces train (16 faces drawn by gluon_gan)')
    for name, module in (('celeba', 'faces'), ('quilts', 'quilt_photographs')):
        monkeypatch.setitem(importlib.import_module(f'gluon_gan.data.sets.{module}').STAND_IN, 'train', (0, 2))
        kind = {'celeba': 'faces'}.get(name, name)
        assert catalogue.load(name, size=16).name == renamed.data_set_text(
            f'{name} stand-in: 2 {kind} drawn by gluon_gan')


def test_old_names_in_settings(caplog):
    made = Settings.make('drawn-faces')
    assert (made.preset, made.data) == ('synthetic-faces', 'synthetic_faces')
    assert Settings.make(data='drawn_faces').data == 'synthetic_faces'
    made = Settings.make('cyclegan', a='drawn_plain', b='drawn_glasses')
    assert (made.a, made.b) == ('synthetic_plain', 'synthetic_glasses')
    assert caplog.messages == ['the preset drawn-faces is now called synthetic-faces',
                               'the data set drawn_faces is now called synthetic_faces',
                               'the data set drawn_plain is now called synthetic_plain',
                               'the data set drawn_glasses is now called synthetic_glasses']
    assert gg.preset('drawn-faces') == gg.preset('synthetic-faces')


def test_old_names_of_shipped_weights(caplog):
    assert gg.pretrained('drawn-faces').config == gg.pretrained('synthetic-faces').config
    assert gg.pretrained_discriminator('drawn-faces').config == gg.pretrained_discriminator('synthetic-faces').config
    assert generator('drawn-faces').config == generator('synthetic-faces').config
    assert settings('drawn-faces')['data'] == 'synthetic_faces'
    assert settings('drawn-faces')['data_name'] == 'synthetic_faces train (10,000 synthetic faces)'
    assert caplog.messages == ['the network drawn-faces is now called synthetic-faces']


def test_old_names_on_the_command_line(caplog):
    assert cli.main(['sample', 'drawn-faces', '-n', '1']) == 0
    assert cli.main(['train', '--preset', 'drawn-faces', '--data', 'drawn_faces', *SMALL]) == 0
    config = json.loads(Path('runs/synthetic-faces/config.json').read_text())
    assert (config['preset'], config['data']) == ('synthetic-faces', 'synthetic_faces')
    assert 'the data set drawn_faces is now called synthetic_faces' in caplog.messages


# Keys of config.json that came after version 0.1. A run without them resumes with their defaults.
LATER = {'augment_target', 'block', 'data_fingerprint', 'freeze_d', 'gamma', 'lecam', 'penalty', 'penalty_every',
         'precision', 'reconstruction', 'start_from', 'upsampling'}


def test_a_run_of_version_0_1_resumes(old_run, capsys):
    before = json.loads((old_run / 'config.json').read_text())
    assert before['data_name'] == 'drawn_faces train (16 faces drawn by gluon_gan)'
    assert cli.main(['sample', str(old_run), '-n', '4']) == 0
    assert cli.main(['train', '--resume', str(old_run)]) == 2
    assert 'runs/old has completed its 2 steps' in capsys.readouterr().err
    assert cli.main(['train', '--resume', str(old_run), '--steps', '4']) == 0
    after = json.loads((old_run / 'config.json').read_text())
    assert after.keys() - before.keys() == LATER and not before.keys() - after.keys()
    assert {key for key in before if after[key] != before[key]} - {'seconds'} == {
        'preset', 'data', 'data_name', 'steps', 'ended'}
    assert after['data_name'] == 'synthetic_faces train (16 synthetic faces)' and after['ended'] == 4
    arrays, meta = storage.read(old_run / 'checkpoints' / 'step-0000004.npz')
    assert meta['steps'] == 4 and arrays.keys() == storage.read(old_run / 'checkpoints' / 'step-0000002.npz')[0].keys()


def test_the_config_of_a_new_run_has_the_keys_of_version_0_1():
    assert cli.main(['train', '--preset', 'synthetic-faces', *SMALL]) == 0
    written = json.loads(Path('runs/synthetic-faces/config.json').read_text())
    assert written.keys() ^ json.loads((RUN_OF_VERSION_0_1 / 'config.json').read_text()).keys() == LATER
