"""Folders and files of data sets under other names."""
import pytest

from gluon_gan.support import layouts


@pytest.fixture(autouse=True)
def root(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    return tmp_path


def test_spellings_of_a_folder(root):
    for name in ('Fashion-MNIST', 'fashion_mnist', 'mnist', '.fashion_mnist'):
        (root / name).mkdir()
    (root / 'FASHIONMNIST').write_text('a file')
    found = layouts.places('fashion_mnist')
    assert [path.name for path in found] == ['fashion_mnist', 'Fashion-MNIST'], 'the name itself comes first'
    assert layouts.places('digits', 'MNIST') == [root / 'mnist'] and layouts.places('faces') == []
    assert layouts.locate(lambda path: path.name if '-' in path.name else None, 'fashion_mnist') == 'Fashion-MNIST'


def test_a_child_by_its_name(root):
    (root / 'IMG').mkdir()
    (root / 'b.TXT').write_text('')
    assert layouts.child(root, 'Img') == root / 'IMG' and layouts.child(root, 'a.txt', 'b.txt') == root / 'b.TXT'
    assert layouts.child(root, 'c') is None and layouts.child(root / 'missing', 'c') is None


def test_files_below_are_bounded(root):
    (root / 'a/b/c/d/e').mkdir(parents=True)
    for path in ('1', 'a/2', 'a/b/3', 'a/b/c/4', 'a/b/c/d/5', 'a/.hidden'):
        (root / path).write_text('')
    (root / 'a/b/loop').symlink_to(root / 'a')
    assert [path.name for path in layouts.files_below(root, depth=1)] == ['1', '2']
    assert '5' not in [path.name for path in layouts.files_below(root)]


def test_unread_files_are_described(root):
    assert layouts.unread('set') == ''
    (root / 'Set/part').mkdir(parents=True)
    (root / 'Set/part/a.csv').write_text('')
    (root / 'set.7z').write_text('')
    (root / 'set.md').write_text('')
    text = layouts.unread('set')
    assert text == f"{root / 'Set/part/a.csv'} (another format), {root / 'set.7z'} (unpack it)"
    assert layouts.unread('set', lambda path: path.suffix == '.csv') == f"{root / 'set.7z'} (unpack it)"
    for number in range(12):
        (root / f'Set/{number}.jpg').write_text('')
    assert f"{root / 'Set'} with 12 files, such as 0.jpg" in layouts.unread('set')
