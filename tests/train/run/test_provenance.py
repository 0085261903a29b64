"""The facts that a run records about itself."""
from types import SimpleNamespace

import mxnet as mx
import pytest

from gluon_gan.train.run.provenance import Provenance
from gluon_gan.train.run.settings import Settings

IMAGES = SimpleNamespace(name='four digits', stand_in=True)


def test_the_facts_of_a_new_run():
    provenance = Provenance.collect(IMAGES, mx.cpu(), SimpleNamespace(workers=2), 'gluon-gan train')
    config = provenance.to_config()
    assert (config['data_name'], config['stand_in'], config['device']) == ('four digits', True, 'cpu(0)')
    assert (config['workers'], config['ended'], config['command']) == (2, 0, 'gluon-gan train')
    assert config['mxnet'] == mx.__version__ and 'seconds' not in config and 'unknown' not in config


def test_facts_are_read_as_they_were_written_with_unknown_keys():
    settings, provenance = Settings.make('mnist'), Provenance.collect(IMAGES, mx.cpu()).replace(seconds=7, ended=9)
    config = {**settings.to_config(), **provenance.to_config(), 'note': [1, 2]}
    read = Provenance.from_config(config, settings)
    assert read == provenance.replace(unknown={'note': [1, 2]})
    assert read.to_config() == {**provenance.to_config(), 'note': [1, 2]}


@pytest.mark.parametrize('changes, message', [
    (dict(seconds='long'), "seconds must be a number or None, not 'long'"),
    (dict(ended=1.5), 'ended must be an int or None, not 1.5'),
    (dict(data_name=None), "it has no 'data_name'"),
])
def test_wrong_facts_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        Provenance.from_config({'data_name': 'digits', **changes}, Settings.make('mnist'))
