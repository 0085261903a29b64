"""Oxford flowers 17 and 102."""
import hashlib
import io
import tarfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from gluon_gan.data import DownloadError, flowers17, flowers102, root
from gluon_gan.data.idx import CorruptFile
from gluon_gan.data.sets import flowers


def archive(path, numbers):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, 'w:gz') as file:
        for number in numbers:
            content = io.BytesIO()
            Image.new('RGB', (24, 16), (number % 256, 0, 0)).save(content, 'png')
            info = tarfile.TarInfo(f'jpg/image_{number:04}.jpg')
            info.size = len(content.getvalue())
            content.seek(0)
            file.addfile(info, content)


@pytest.fixture(autouse=True)
def empty_root(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))


def test_flowers17(tmp_path):
    archive(tmp_path / 'flowers17/17flowers.tgz', [1, 80, 81, 250])
    images = flowers17(size=8)
    assert images.labels.tolist() == [0, 0, 1, 3] and images.classes[3] == 'bluebell'
    assert images.images[:, 4, 4, 0].tolist() == [1, 80, 81, 250]
    with pytest.raises(ValueError, match='there is no official split'):
        flowers17('test')


def test_an_image_number_out_of_range(tmp_path):
    archive(tmp_path / 'flowers17/17flowers.tgz', [1361])
    with pytest.raises(CorruptFile, match='image number 1361, and the set has 1,360 images'):
        flowers17(size=8)


def test_flowers102(tmp_path):
    archive(tmp_path / 'flowers102/102flowers.tgz', [1, 2, 3, 4, 5])
    savemat(tmp_path / 'flowers102/imagelabels.mat', {'labels': np.array([[77, 1, 102, 77, 5]])})
    savemat(tmp_path / 'flowers102/setid.mat', {'trnid': [[4, 1]], 'valid': [[2]], 'tstid': [[3, 5]]})
    train, everything = flowers102(size=8), flowers102('all', size=8)
    assert train.labels.tolist() == [76, 76] and train.images[:, 0, 0, 0].tolist() == [1, 4]
    assert everything.labels.tolist() == [76, 0, 101, 76, 4]
    assert flowers102('test', size=8).labels.tolist() == [101, 4]
    (tmp_path / 'flowers102/imagelabels.mat').write_bytes(b'nothing')
    with pytest.raises(CorruptFile, match='imagelabels.mat holds no labels'):
        flowers102(size=8)


def test_missing_files_offline(monkeypatch):
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    for load, name in ((flowers17, '17flowers.tgz'), (flowers102, '102flowers.tgz')):
        with pytest.raises(FileNotFoundError, match=f'go online, or put {name} there'):
            load()


def test_missing_files_are_downloaded_and_verified(monkeypatch, tmp_path):
    """They come from a server on the loopback interface, and each file has its own type of checksum."""
    site = tmp_path / 'site'
    archive(site / '17/17flowers.tgz', [1, 81])
    md5 = hashlib.md5((site / '17/17flowers.tgz').read_bytes()).hexdigest()
    serving = ThreadingHTTPServer(('127.0.0.1', 0), partial(SimpleHTTPRequestHandler, directory=site))
    thread = Thread(target=serving.serve_forever)
    thread.start()
    try:
        monkeypatch.setattr(flowers, 'HOME', f'http://127.0.0.1:{serving.server_port}/')
        with pytest.raises(DownloadError, match='its checksum is not b59a65d8d1a9'):
            flowers17(size=8)
        monkeypatch.setattr(flowers, 'ARCHIVE17', ('17/17flowers.tgz', 'md5', md5))
        assert flowers17(size=8).labels.tolist() == [0, 1]
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


@pytest.mark.realdata
def test_real_flowers(monkeypatch):
    monkeypatch.undo()
    if flowers.find17(root() / 'flowers17') is None:
        pytest.skip('no flowers under the data root')
    images = flowers17(size=16)
    assert len(images) == 1360 and np.bincount(images.labels).tolist() == [80] * 17
