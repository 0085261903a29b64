"""A folder of IDX files as a data set."""
import gzip

import numpy as np
import pytest

from gluon_gan import catalogue
from gluon_gan.data import CorruptFile
from gluon_gan.data.idx_folders import holds_idx, idx_folder

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 28, 28), dtype=np.uint8)
LABELS = np.arange(7, dtype=np.uint8)


def write(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, '>u4').tobytes() + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == '.gz' else content)


@pytest.mark.parametrize('where, front, suffix', [
    ('', '', '.gz'), ('', '', ''), ('raw', '', ''), ('MNIST/raw', '', '.gz'), ('', 'emnist-letters-', '.gz')])
def test_a_folder_of_idx_files_is_loaded_by_its_path(tmp_path, where, front, suffix):
    for split, count in (('train', 7), ('t10k', 3)):
        write(tmp_path / where / f'{front}{split}-images-idx3-ubyte{suffix}', PIXELS[:count])
        write(tmp_path / where / f'{front}{split}-labels-idx1-ubyte{suffix}', LABELS[:count])
    images, test = catalogue.load(str(tmp_path), size=28), catalogue.held_out(str(tmp_path), size=32)
    assert (images.images[..., 0] == PIXELS).all() and images.labels.tolist() == list(range(7))
    assert test.shape == (3, 32, 32, 1) and (test.images[:, 2:-2, 2:-2, 0] == PIXELS[:3]).all()
    assert images.name == f'{tmp_path.name} train (7 pictures, IDX)' and catalogue.load(str(tmp_path), 3).channels == 3


def test_images_without_labels_and_other_sizes(tmp_path):
    write(tmp_path / 'train-images.idx3-ubyte', PIXELS[:, :20, :20])
    assert idx_folder(tmp_path).shape == (7, 20, 20, 1) and idx_folder(tmp_path).labels is None
    with pytest.raises(ValueError, match='size=28: the images in .* have 20 x 20 pixels; the size can be 20$'):
        idx_folder(tmp_path, size=28)
    with pytest.raises(FileNotFoundError, match="no IDX files of the images of split='test'"):
        idx_folder(tmp_path, 'test')


def test_mistakes(tmp_path):
    write(tmp_path / 'train-images-idx3-ubyte', PIXELS)
    write(tmp_path / 'train-labels-idx1-ubyte', LABELS[:5])
    with pytest.raises(CorruptFile, match='holds 5 labels for 7 images'):
        idx_folder(tmp_path)
    with pytest.raises(ValueError, match='size can be 28, or 32 with a black edge'):
        (tmp_path / 'train-labels-idx1-ubyte').unlink()
        catalogue.load(str(tmp_path), size=64)
    write(tmp_path / 'other-train-images-idx3-ubyte', PIXELS)
    with pytest.raises(ValueError, match='holds several sets, .*: put each into a folder'):
        idx_folder(tmp_path)


def test_a_folder_with_images_is_no_folder_of_idx_files(tmp_path):
    assert not holds_idx(tmp_path) and not holds_idx(tmp_path / 'nowhere')
    write(tmp_path / 'train-images-idx3-ubyte', PIXELS)
    assert holds_idx(tmp_path)
    (tmp_path / '1.png').touch()
    assert not holds_idx(tmp_path)
