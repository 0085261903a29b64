"""Names that are imported when they are first used."""
import subprocess
import sys
from types import ModuleType

import pytest

import gluon_gan.train
import gluon_gan.translate
from gluon_gan.support.lazy import exports


def test_names_and_submodules_are_imported_when_they_are_used():
    from gluon_gan.train import History, checkpoint
    assert History is gluon_gan.train.watch.history.History and isinstance(checkpoint, ModuleType)
    assert 'History' in dir(gluon_gan.train) and 'CycleTrainer' in gluon_gan.translate.__all__


@pytest.mark.parametrize('package', [gluon_gan.train, gluon_gan.train.run, gluon_gan.translate])
def test_every_listed_name_exists(package):
    assert all(hasattr(package, name) for name in package.__all__)
    assert not hasattr(package, 'nonsense') and not hasattr(package, '_nonsense')


def test_a_module_that_fails_to_import_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / 'broken_package').mkdir()
    (tmp_path / 'broken_package' / '__init__.py').write_text('')
    (tmp_path / 'broken_package' / 'part.py').write_text('import no_such_module')
    monkeypatch.syspath_prepend(tmp_path)
    get, _, _ = exports('broken_package', {})
    with pytest.raises(ModuleNotFoundError, match='no_such_module'):
        get('part')


def test_the_command_line_lists_its_options_without_importing_mxnet():
    code = "import sys; from gluon_gan import cli; cli.make_parser(); sys.exit('mxnet' in sys.modules)"
    subprocess.run([sys.executable, '-c', code], check=True)
