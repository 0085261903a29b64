"""The description of an exported network: the metadata in its file, and a model card beside it.

The card follows Mitchell et al. 2019, "Model Cards for Model Reporting" (arXiv:1810.03993), in short form: what the
network is, how to run it, what it was trained on, how it scores, and its limits.
"""
from ..support.checks import shown
from .formats import signature

SCORE = ('name', 'value', 'baseline', 'better')
# What is taken over from the record of the training.
KEPT = ('command', 'data_name', 'stand_in', 'preset', 'steps', 'seconds', 'loss', 'seed', 'gluon_gan')
VALUES = {
    'z': 'sampled from N(0, 1)',
    'image': 'in [-1, 1]',
    'translated': 'in [-1, 1]',
    'labels': 'whole numbers from 0, as float32',
    'logits': 'positive for images that are classified as real',
}
LOAD = """import gluon_gan as gg, mxnet as mx
net = gg.export.load('{file}')
output = net({arrays})"""
USAGE = {
    'onnx': """import numpy as np, onnxruntime
session = onnxruntime.InferenceSession('{file}')
output, = session.run(None, {feeds})""",
    'symbol': """import mxnet as mx
net = mx.gluon.SymbolBlock.imports('{file}', {names}, '{parameters}')
output = net({arrays})""",
    'npz': LOAD,
    'safetensors': LOAD,
}
# The scores of an image translation: key and key of the baseline in its report, and which values are better.
TRANSLATION = (('taken', 'taken_real', 'more'), ('pattern', None, 'more'), ('cycle', None, 'less'),
               ('identity', None, 'less'), ('ground_truth', None, 'less'), ('frechet', 'frechet_real', 'less'))
LIMITS = """## Limits

The network reproduces the statistics of its training data, including their biases. Its images do not show real persons
or things and are not evidence of anything. The terms of the training data apply (see `datasets/` of gluon_gan).
"""


def scores_of(report):
    """The scores in a report of ``gluon-gan evaluate``, in the form that :func:`metadata` takes.

    Parameters
    ----------
    report : dict
        What ``gluon-gan evaluate RUN -o FILE`` writes, of a GAN or of an image translation. The names of the scores of
        a translation end with its direction.

    Returns
    -------
    list of dict

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is no such report.
    """
    if 'ways' not in report:
        return [_checked({key: score[key] for key in SCORE}) for score in report['scores']]
    listed = []
    for way, found in zip(('a_to_b', 'b_to_a'), report['ways'], strict=True):
        for key, baseline, better in TRANSLATION:
            name = f"{key}_{found['extractor']}" if baseline else key  # those with a baseline depend on the features
            if found[key] is not None:
                listed.append(_checked(dict(zip(SCORE, (f'{name}_{way}', found[key], found.get(baseline), better)))))
    return listed


def _checked(score):
    name, value, baseline, better = score.values()
    numbers = [value] if baseline is None else [value, baseline]
    if not (isinstance(name, str) and isinstance(better, str) and all(type(each) in (int, float) for each in numbers)):
        raise ValueError(f'{shown(score)} is no score')
    return score


def metadata(net, record, scores=()):
    """The metadata of an exported file.

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock
        The network.
    record : dict
        Settings and facts of its training; empty if nothing is known.
    scores : sequence of dict
        With the keys ``name``, ``value``, ``baseline`` and ``better`` of :class:`gluon_gan.metrics.Score`.

    Returns
    -------
    dict
        JSON-able: the command, the data, the scores, ``size``, and ``nz`` for a generator.
    """
    found = {name: record[name] for name in KEPT if record.get(name) is not None}
    if scores:
        found['scores'] = [{key: score[key] for key in SCORE} for score in scores]
    found['size'] = net.size
    if hasattr(net, 'nz'):
        found['nz'] = net.nz
    return found


def text(net, name, exported, described):
    """The model card of an exported network, in Markdown.

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock
        The network.
    name : str
        The title of the card.
    exported : Exported
        From :func:`gluon_gan.export.save`.
    described : dict
        From :func:`metadata`.

    Returns
    -------
    str
    """
    arguments = ', '.join(f'{key} {value}' for key, value in net.config.items())
    parts = [f'# {name}', f'A {type(net).__name__} of gluon_gan: {arguments}.', _interface(net), _usage(net, exported),
             'The file was run on 16 inputs. The largest difference from the network in MXNet was '
             f'{exported.difference:.1e}.']
    if 'data_name' in described:
        parts.append(_training(described))
    if described.get('scores'):
        parts.append(_scores(described['scores']))
    return '\n\n'.join([*parts, LIMITS])


def _interface(net):
    inputs, (output, shape) = signature(net)
    rows = [f'| `{name}` | input | `{_shape(size)}` | {VALUES[name]} |' for name, size in inputs.items()]
    rows.append(f'| `{output}` | output | `{_shape(shape)}` | {VALUES[output]} |')
    return '\n'.join(['| name | | shape | values |', '|---|---|---|---|', *rows])


def _usage(net, exported):
    inputs, _ = signature(net)
    feeds = ', '.join(f"'{name}': np.zeros({(1, *shape)}, np.float32)" for name, shape in inputs.items())
    arrays = ', '.join(f'mx.nd.zeros({(1, *shape)})' for shape in inputs.values())
    code = USAGE[exported.format].format(file=exported.paths[0].name, parameters=exported.paths[-1].name,
                                         names=list(inputs), feeds=f'{{{feeds}}}', arrays=arrays)
    return f'```python\n{code}\n```'


def _training(described):
    stand_in = ', a stand-in' if described.get('stand_in') else ''
    lines = [f"## Training\n\nData: {described['data_name']}{stand_in}. Steps: {described.get('steps', 'unknown')}."]
    if described.get('command'):
        lines.append(f"```sh\n{described['command']}\n```")
    return '\n\n'.join(lines)


def _scores(scores):
    def row(name, value, baseline, better):
        return f"| `{name}` | {value:.4g} | {'' if baseline is None else f'{baseline:.4g}'} | {better} |"
    return '\n'.join(['## Scores', '', '| score | value | real-data baseline | better |', '|---|---|---|---|',
                      *(row(**score) for score in scores)])


def _shape(shape):
    return f"(N, {', '.join(map(str, shape))})" if shape else '(N,)'
