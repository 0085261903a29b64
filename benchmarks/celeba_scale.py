"""CelebA at its full size, made of drawn faces: what decoding and streaming 202,599 images takes in time and memory. See README.md here."""
import argparse
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))       # the package of this checkout, installed or not

COUNT, DISTINCT = 202_599, 400


def make(folder):
    """A zip in CelebA's layout, its lists beside it. A few hundred drawn faces of 178 x 218 over and over: what is in them costs nothing more."""
    import numpy as np
    from gluon_gan.data import drawn
    from PIL import Image
    faces = drawn.faces(DISTINCT, size=218)
    files = []
    for image in faces.images[:, :, 20:198]:
        file = io.BytesIO()
        Image.fromarray(image).save(file, 'jpeg', quality=90)
        files.append(file.getvalue())
    names = [f'{number + 1:06}.jpg' for number in range(COUNT)]
    with zipfile.ZipFile(folder / 'img_align_celeba.zip', 'w') as archive:
        for number, name in enumerate(names):
            archive.writestr(f'img_align_celeba/{name}', files[number % DISTINCT])
    rows = [' '.join(np.where(row, '1', '-1')) for row in faces.attributes]
    (folder / 'list_attr_celeba.txt').write_text(f"{COUNT}\n{' '.join(faces.attribute_names)}\n"
                                                 + ''.join(f'{name} {rows[number % DISTINCT]}\n' for number, name in enumerate(names)))
    parts = [0] * 162_770 + [1] * 19_867 + [2] * 19_962
    (folder / 'list_eval_partition.txt').write_text(''.join(f'{name} {part}\n' for name, part in zip(names, parts)))


def load():
    """Decode, or read what was decoded."""
    import gluon_gan as gg
    since = time.perf_counter()
    faces = gg.data.celeba()
    print(f'  {faces!r}: {time.perf_counter() - since:.1f} s, {peak()}', flush=True)
    return faces


def stream():
    """One epoch, shuffled and lightly augmented."""
    import gluon_gan as gg
    import mxnet as mx
    loader = gg.data.batches(load(), batch_size=64, seed=0, augment=gg.data.augment.light())
    since = time.perf_counter()
    for batch in loader:
        pass
    mx.nd.waitall()
    seconds = time.perf_counter() - since
    print(f'  an epoch of {len(loader):,} batches: {seconds:.1f} s, {1000 * seconds / len(loader):.2f} ms a batch, {peak()}', flush=True)


def peak():
    return f'at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB of memory in this process'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--phase', choices=('load', 'stream'), help=argparse.SUPPRESS)
    parser.add_argument('--folder', help='where the 4 GB go meanwhile (default: the temporary folder)')
    options = parser.parse_args()
    if options.phase:
        return {'load': load, 'stream': stream}[options.phase]()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name) / 'celeba'
        folder.mkdir()
        make(folder)
        environment = dict(os.environ, GLUON_GAN_DATA=name, GLUON_GAN_CACHE=str(Path(name) / 'cache'))
        for title, phase in (('decode all of it', 'load'), ('again, from the cache', 'load'), ('stream it', 'stream')):
            print(title, flush=True)
            subprocess.run([sys.executable, __file__, '--phase', phase], env=environment, check=True)


if __name__ == '__main__':
    main()
