"""Exported files compute what the network computes, in the library that their users have."""

import json

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import export, models, translate
from gluon_gan.blocks import resampling
from gluon_gan.export import graph
from gluon_gan.support.storage import StorageError

onnx = pytest.importorskip('onnx', reason='needs the extra `export`')
onnxruntime = pytest.importorskip('onnxruntime', reason='needs the extra `export`')


def sharp(net):
    """The network with weights as large as trained ones, so that a difference would show."""
    net.initialize(mx.init.Xavier(magnitude=2))
    return net


def session(path):
    return onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])


@pytest.mark.parametrize('name', gg.zoo.names())
def test_shipped_generators_give_the_same_images(name, tmp_path):
    netG, z = gg.pretrained(name), gg.sample_z(16, 100, seed=3)
    written = export.save(netG, tmp_path / 'g.onnx')
    (found,) = session(written.paths[0]).run(None, {'z': z.asnumpy()})
    assert abs(found - netG(z).asnumpy()).max() < 1e-5


@pytest.mark.parametrize('name', gg.zoo.discriminators())
def test_shipped_discriminators_give_the_same_logits(name, tmp_path):
    netD, images = gg.pretrained_discriminator(name), gg.sample(gg.pretrained(name), 16, seed=3)
    written = export.save(netD, tmp_path / 'd.onnx')
    found, expected = session(written.paths[0]).run(None, {'image': images.asnumpy()})[0], netD(images).asnumpy()
    assert (abs(found - expected) / np.maximum(1, abs(expected))).max() < 1e-4


@pytest.mark.parametrize('way', ['ab', 'ba'])
def test_shipped_translators_normalise_each_image_on_its_own(way, tmp_path):
    net, images = (
        getattr(translate.pretrained('red-teal'), way),
        np.random.default_rng(0).uniform(-1, 1, (4, 3, 64, 64)).astype(np.float32),
    )
    written = export.save(net, tmp_path / 't.onnx')
    run = session(written.paths[0])
    (found,) = run.run(None, {'image': images})
    assert abs(found - net(mx.nd.array(images)).asnumpy()).max() < 1e-5
    np.testing.assert_allclose(
        run.run(None, {'image': images[2:3]})[0], found[2:3], atol=1e-5
    )  # whatever else is in the batch
    types = {node.op_type for node in onnx.load(written.paths[0]).graph.node}
    assert 'InstanceNormalization' in types and 'BatchNormalization' not in types


@pytest.mark.parametrize('size', [28, 32, 64, 128])
@pytest.mark.parametrize('channels, kernel, classes', [(1, 4, 0), (3, 5, 0), (3, 4, 5), (1, 5, 3)])
def test_every_kind_of_generator_and_discriminator(size, channels, kernel, classes, tmp_path):
    nets = [gg.Generator(size, channels, nz=7, ngf=4, kernel=kernel, classes=classes)]
    nets += [
        gg.Discriminator(size, channels, ndf=4, kernel=kernel, classes=classes, norm=norm)
        for norm in ('batch', 'spectral')
    ]
    for i, net in enumerate(nets):
        written = export.save(sharp(net), tmp_path / f'{i}.onnx')
        assert written.difference < 1e-5
        assert [node.name for node in session(written.paths[0]).get_inputs()] == list(export.signature(net)[0])


@pytest.mark.parametrize('size, channels, classes', [(28, 1, 3), (32, 3, 0), (64, 3, 3), (128, 1, 0)])
@pytest.mark.parametrize('block', ['plain', 'residual'])
def test_every_upsampling_block_and_normalisation(size, channels, classes, block, tmp_path):
    options = dict(classes=classes, block=block)
    nets = [gg.Generator(size, channels, nz=7, ngf=4, upsampling=each, **options) for each in resampling.UPSAMPLING]
    nets += [gg.Discriminator(size, channels, ndf=4, norm=each, **options) for each in models.NORMS]
    for net in map(sharp, nets):
        for row in export.FORMATS.values() if size == 28 else [export.FORMATS['onnx']]:
            assert export.save(net, tmp_path / f'x{row.suffixes[0]}').difference < 1e-5


def test_means_and_filters_are_folded_into_the_weights(tmp_path):
    netD = sharp(gg.Discriminator(32, 3, ndf=4, norm='spectral', block='residual'))
    written = export.save(netD, tmp_path / 'd.onnx')
    assert {node.op_type for node in onnx.load(written.paths[0]).graph.node} == {
        'Conv', 'Relu', 'Add', 'ReduceSum', 'Gemm', 'Identity'
    }


@pytest.mark.parametrize('arguments', [{'axis': (2, 3)}, {'axis': 1, 'keepdims': True}])
def test_a_sum_over_axes(arguments, tmp_path):
    net, x = mx.gluon.nn.HybridLambda(lambda F, x: F.sum(x, **arguments)), np.random.rand(2, 3, 4, 5).astype('float32')
    model = graph.build(net, {'x': (3, 4, 5)}, ('y', (None,) * (net(mx.nd.array(x)).ndim - 1)))
    (tmp_path / 'sum.onnx').write_bytes(model.SerializeToString())
    (found,) = session(tmp_path / 'sum.onnx').run(None, {'x': x})
    np.testing.assert_allclose(found, net(mx.nd.array(x)).asnumpy(), rtol=1e-6)


def test_a_sum_over_everything_is_refused():
    net = mx.gluon.nn.HybridLambda(lambda F, x: F.sum(x))
    with pytest.raises(ValueError, match='only sums over given axes can be exported'):
        graph.build(net, {'x': (3,)}, ('y', ()))


@pytest.mark.parametrize('kind', ['dream', 'resnet'])
def test_every_kind_of_translator(kind, tmp_path):
    net = sharp(translate.Translators(kind, 32, 3, 4)).ab
    assert all(export.save(net, tmp_path / f'x{row.suffixes[0]}').difference < 1e-5 for row in export.FORMATS.values())


def test_a_spectral_norm_is_folded_into_the_weight(tmp_path):
    written = export.save(sharp(gg.Discriminator(32, 3, ndf=4, norm='spectral')), tmp_path / 'd.onnx')
    assert {node.op_type for node in onnx.load(written.paths[0]).graph.node} == {
        'Conv',
        'LeakyRelu',
        'Flatten',
        'Gemm',
        'Identity',
    }


@pytest.mark.parametrize('format', export.FORMATS)
def test_float16_is_half_the_size_and_within_one_level(format, tmp_path):
    netG, ending = gg.pretrained('mnist'), export.FORMATS[format].suffixes[0]
    full, half = (export.save(netG, tmp_path / f'{dtype}{ending}', dtype=dtype) for dtype in ('float32', 'float16'))
    sizes = [sum(path.stat().st_size for path in written.paths) for written in (full, half)]
    assert 0.45 < sizes[1] / sizes[0] < 0.55 and half.difference < 1 / 127.5


def test_a_file_says_where_it_comes_from(tmp_path):
    written = export.save(
        gg.pretrained('mnist'), tmp_path / 'g.onnx', metadata={'command': 'gluon-gan train', 'scores': [1]}
    )
    said = session(written.paths[0]).get_modelmeta().custom_metadata_map
    assert (
        said['command'] == 'gluon-gan train'
        and json.loads(said['scores']) == [1]
        and json.loads(said['range']) == [-1, 1]
    )
    assert json.loads(said['config'])['size'] == 28


@pytest.mark.parametrize('ending', ['.npz', '.safetensors'])
def test_weights_come_back_as_a_network(ending, tmp_path):
    netG, z = gg.pretrained('mnist'), gg.sample_z(3, 100, seed=1)
    (path,) = export.save(netG, tmp_path / f'g{ending}').paths
    np.testing.assert_array_equal(export.load(path)(z).asnumpy(), netG(z).asnumpy())
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StorageError, match='damaged'):
        export.load(path)


def test_a_file_that_computes_something_else_is_not_written(tmp_path, monkeypatch):
    (tmp_path / 'g.onnx').write_text('the file of before')
    monkeypatch.setitem(
        export.FORMATS,
        'onnx',
        export.FORMATS['onnx']._replace(read=lambda paths, net: lambda z: net(mx.nd.array(z)).asnumpy() + 0.01),
    )
    with pytest.raises(ValueError, match='g.onnx would differ from the network by 0.01'):
        export.save(gg.pretrained('mnist'), tmp_path / 'g.onnx')
    assert [path.name for path in tmp_path.iterdir()] == ['g.onnx'] and (
        tmp_path / 'g.onnx'
    ).read_text() == 'the file of before'


@pytest.mark.parametrize(
    'arguments, message',
    [
        ({'path': 'g.pt'}, 'g.pt ends like no format; the endings are .onnx'),
        ({'path': 'g', 'format': 'tflite'}, "there is no format 'tflite'"),
        ({'path': 'g.onnx', 'dtype': 'int8'}, "dtype must be one of 'float32', 'float16', not 'int8'"),
    ],
)
def test_bad_arguments(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export.save(gg.pretrained('mnist'), **{**arguments, 'path': tmp_path / arguments['path']})
    assert not list(tmp_path.iterdir())


def test_an_unknown_layer_is_refused(tmp_path):
    netG = sharp(gg.Generator(28, 1, nz=3, ngf=4))
    netG.up[0].act = mx.gluon.nn.Activation('softrelu')
    with pytest.raises(ValueError, match='is the activation softrelu, which cannot be exported'):
        export.save(netG, tmp_path / 'g.onnx')
    with pytest.raises(ValueError, match='a Dense cannot be exported'):
        export.save(mx.gluon.nn.Dense(3), tmp_path / 'g.onnx')
