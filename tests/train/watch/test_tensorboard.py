"""TensorBoard events, read from the bytes of the event files."""
import io
import struct

import mxnet as mx
import numpy as np
import pytest
from PIL import Image
from tensorboardX.proto import event_pb2

import gluon_gan as gg
from gluon_gan.train import History, TensorBoard

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)


def trainer(**options):
    gg.seed(0)
    return gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), ctx=mx.cpu(), **options)


def fit(folder, steps, gan=None, data=None, **options):
    gan, history = gan or trainer(), History(every=2)
    gan.fit(data or gg.data.batches(DIGITS, 8, seed=5), steps=steps,
            callbacks=[TensorBoard(folder, every=2, **options), history])
    return gan, history.records


def events(folder):
    """The events of a run, from its files in the order of creation. A TFRecord is length, crc, bytes, crc."""
    found = []
    for path in sorted(folder.glob('events.out.tfevents.*'), key=lambda path: path.name[-3:]):
        data, at = path.read_bytes(), 0
        while at < len(data):
            length, = struct.unpack_from('<Q', data, at)
            found.append(event_pb2.Event.FromString(data[at + 12:at + 12 + length]))
            at += 12 + length + 4
    return found


def scalars(folder):
    return {(value.tag, event.step): value.simple_value for event in events(folder) for value in event.summary.value
            if value.WhichOneof('value') == 'simple_value'}


def test_scalars_equal_those_of_the_history(tmp_path):
    _, records = fit(tmp_path, 6)
    written = scalars(tmp_path)
    for record in records:
        for name, tag in {'errD': 'loss/D', 'D(G(z))': 'probability/D_G_z', 'gradG': 'gradient/G',
                          'updateD': 'update/D', 'diversity': 'pictures/diversity',
                          'images/s': 'speed/images_a_second'}.items():
            assert written[tag, record['step']] == pytest.approx(record[name], rel=1e-6)
    assert {step for _, step in written} == {2, 4, 6}


def test_equilibrium_and_data_are_second_curves_in_the_charts(tmp_path):
    _, records = fit(tmp_path, 4)
    reference = scalars(tmp_path / 'reference')
    assert reference['loss/D', 2] == reference['loss/D', 4] == pytest.approx(2 * np.log(2))
    assert reference['loss/G', 4] == pytest.approx(np.log(2))
    assert reference['probability/D_x', 2] == 0.5
    assert reference['pictures/diversity', 4] == pytest.approx(records[0]['diversity_data'])
    assert {tag for tag, _ in reference} < {tag for tag, _ in scalars(tmp_path)}


def test_histograms_and_grids(tmp_path):
    fit(tmp_path, 6, pictures=3)
    values = {(value.tag, event.step): value for event in events(tmp_path) for value in event.summary.value}
    for step in (3, 6):
        histogram = values['D/x', step].histo
        assert histogram.num == 8 and sum(histogram.bucket) == 8 and 0 < histogram.min <= histogram.max < 1
        assert values['gradient/netG.to_image.conv.weight', step].histo.num == 2 * 4 * 4 * 2
        assert values['weight/netD.down.0.conv.weight', step].histo.num == 2 * 4 * 4
        with Image.open(io.BytesIO(values['samples', step].image.encoded_image_string)) as grid:
            image = values['samples', step].image
            assert grid.size == (image.width, image.height) == (242, 242)
    assert sum(tag == 'samples' for tag, _ in values) == 2


def test_one_grid_per_epoch(tmp_path):
    fit(tmp_path, 10)
    steps = [event.step for event in events(tmp_path) for value in event.summary.value if value.tag == 'samples']
    assert steps == [5, 10]


def test_resuming_purges_later_events(tmp_path):
    data = gg.data.batches(DIGITS, 8, seed=5)
    gan, _ = fit(tmp_path / 'events', 3, data=data)
    path = gan.save(tmp_path / 'last')
    fit(tmp_path / 'events', 6, gan, data)                     # steps 4 to 6, which are purged
    fit(tmp_path / 'events', 5, gg.GANTrainer.load(path, ctx=mx.cpu()))
    for folder in (tmp_path / 'events', tmp_path / 'events' / 'reference'):
        starts = [event.step for event in events(folder)
                  if event.session_log.status == event_pb2.SessionLog.START]
        assert starts == [4, 4]


def test_files_are_complete_and_closed_after_an_error(tmp_path):
    class Broken(gg.train.Callback):
        def on_step(self, trainer):
            raise RuntimeError('broken')

    gan = trainer()
    board = TensorBoard(tmp_path, every=1)
    with pytest.raises(RuntimeError, match='broken'):
        gan.fit(gg.data.batches(DIGITS, 8), steps=3, callbacks=[board, Broken()])
    assert ('loss/D', 1) in scalars(tmp_path)
    with pytest.raises(ValueError, match='closed file'):
        board._writer.write_event(event_pb2.Event())


def test_the_events_of_an_earlier_training_are_not_overwritten(tmp_path):
    fit(tmp_path, 1)
    with pytest.raises(ValueError, match='belongs to an earlier training'):
        fit(tmp_path, 1)


def test_a_number_without_equilibrium_has_no_reference(tmp_path):
    gan = trainer(loss='wasserstein')
    gan.fit(gg.data.batches(DIGITS, 8), steps=2, callbacks=[TensorBoard(tmp_path, every=1)])
    assert {tag for tag, _ in scalars(tmp_path / 'reference')} == {
        'loss/D', 'probability/auc', 'pictures/diversity', 'pictures/saturated'}


def test_numbers_that_are_not_finite_are_omitted(tmp_path):
    gan = trainer()
    gan.netD.to_logit.dense.bias.set_data(mx.nd.array([np.nan]))
    gan.fit(gg.data.batches(DIGITS, 8), steps=1, callbacks=[TensorBoard(tmp_path, every=1)])
    assert ('loss/D', 1) not in scalars(tmp_path) and ('update/lr', 1) in scalars(tmp_path)
