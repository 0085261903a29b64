"""The base class of the package's exceptions."""
import subprocess
import sys

import pytest

from gluon_gan.data import CorruptFile, DownloadError, image_files
from gluon_gan.support.errors import GluonGanError
from gluon_gan.support.storage import StorageError
from gluon_gan.train import Diverged, checkpoint


@pytest.mark.parametrize('error, other', [
    (StorageError, Exception), (checkpoint.Damaged, StorageError), (DownloadError, RuntimeError),
    (Diverged, ArithmeticError), (CorruptFile, ValueError), (image_files.UnusableImage, ValueError)])
def test_every_error_has_the_base_class_and_the_class_it_had_before(error, other):
    assert issubclass(error, GluonGanError) and issubclass(error, other)


def test_the_base_class_does_not_import_mxnet():
    code = "import sys; sys.modules['mxnet'] = None; import gluon_gan.support.errors, gluon_gan.cli"
    subprocess.run([sys.executable, '-c', code], check=True)
