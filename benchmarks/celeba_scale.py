"""Measure the time and memory of decoding and streaming 202,599 images in the layout of CelebA. See README.md here."""
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

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))       # this checkout, even if not installed

COUNT, DISTINCT = 202_599, 400


def make(folder):
    """Write a zip in CelebA's layout, and its lists.

    It repeats a few hundred synthetic faces of 178 x 218 pixels, since the cost does not depend on their content.
    """
    import numpy as np
    from PIL import Image

    from gluon_gan import synthetic
    faces = synthetic.faces(DISTINCT, size=218)
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
    table = ''.join(f'{name} {rows[number % DISTINCT]}\n' for number, name in enumerate(names))
    (folder / 'list_attr_celeba.txt').write_text(f"{COUNT}\n{' '.join(synthetic.ATTRIBUTES)}\n{table}")
    parts = [0] * 162_770 + [1] * 19_867 + [2] * 19_962
    (folder / 'list_eval_partition.txt').write_text(''.join(f'{name} {part}\n' for name, part in zip(names, parts)))


def load():
    """Decode the images, or read them from the cache."""
    import gluon_gan as gg
    start = time.perf_counter()
    faces = gg.data.celeba()
    print(f'  {faces!r}: {time.perf_counter() - start:.1f} s, {peak_memory()}', flush=True)
    return faces


def stream():
    """Stream one epoch, shuffled and lightly augmented."""
    import mxnet as mx

    import gluon_gan as gg
    loader = gg.data.batches(load(), batch_size=64, seed=0, augment=gg.data.augment.light())
    start = time.perf_counter()
    for _ in loader:
        pass
    mx.nd.waitall()
    seconds = time.perf_counter() - start
    milliseconds = 1000 * seconds / len(loader)
    print(f'  an epoch of {len(loader):,} batches: {seconds:.1f} s, {milliseconds:.2f} ms a batch, {peak_memory()}',
          flush=True)


def peak_memory():
    """The peak memory of this process, as text."""
    return f'at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB of memory in this process'


def main():
    """Run each phase in its own process, so that its memory is measured separately."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--phase', choices=('load', 'stream'), help=argparse.SUPPRESS)
    parser.add_argument('--folder', help='a folder with 4 GB of free disk space (default: the temporary folder)')
    options = parser.parse_args()
    if options.phase:
        return {'load': load, 'stream': stream}[options.phase]()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name) / 'celeba'
        folder.mkdir()
        make(folder)
        environment = dict(os.environ, GLUON_GAN_DATA=name, GLUON_GAN_CACHE=str(Path(name) / 'cache'))
        phases = ('decode all images', 'load'), ('load from the cache', 'load'), ('stream an epoch', 'stream')
        for title, phase in phases:
            print(title, flush=True)
            subprocess.run([sys.executable, __file__, '--phase', phase], env=environment, check=True)


if __name__ == '__main__':
    main()
