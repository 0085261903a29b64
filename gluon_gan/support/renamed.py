"""Names of earlier versions and the names that replace them.

Version 0.1.0 and earlier used other names for data sets, presets, shipped weights and some functions. Every replacement
is listed here, and only here. Names in files and on the command line are translated; names of Python objects are
reported by an error that gives the new name.
"""
import logging
import re

log = logging.getLogger('gluon_gan')
_reported = set()      # old names that the log has mentioned

# The key is the old name, the value the current one.
DATA_SETS = {'drawn_faces': 'synthetic_faces'}
PRESETS = {'drawn-faces': 'synthetic-faces'}
WEIGHTS = {'drawn-faces': 'synthetic-faces'}
DOMAINS = {
    'drawn_red': 'synthetic_red',
    'drawn_teal': 'synthetic_teal',
    'drawn_plain': 'synthetic_plain',
    'drawn_glasses': 'synthetic_glasses',
}

# In the full name of a data set, such as 'drawn_red train (4,000 quilts drawn by gluon_gan)': pattern and replacement.
DATA_SET_TEXTS = (
    (r'\bdrawn_(faces|red|teal|plain|glasses)(?= (train|test|all) \()', r'synthetic_\1'),
    (r'\b([\d,]+) (faces|quilts) drawn by gluon_gan\b', r'\1 synthetic \2'),
)

# The temporary folder of a run that is being created ends with the current suffix; earlier versions used the others.
RUN_FOLDER_SUFFIXES = ('.unborn',)

# The keys of a line in the manifest of a curation.
MANIFEST = {'verdict': 'decision'}

# Command-line options, by command. The old ones still work, and the help does not list them.
OPTIONS = {
    'dissect': {'--forget': '--ablate', '--drop': '--ablate-top'},
    'tools/probe.py': {'--draws': '--repeats'},
}

# Attributes that have moved: {module: {old name: the full name that replaces it}}.
ATTRIBUTES = {
    'gluon_gan': {
        'draw': 'gluon_gan.sample_z',
        'checks': 'gluon_gan.support.checks',
        'files': 'gluon_gan.support.files',
    },
    'gluon_gan.latent': {
        'draw': 'gluon_gan.latent.sample_z',
        'noise': 'gluon_gan.latent.sampling',
        'pictures': 'gluon_gan.latent.walk_images',
    },
    'gluon_gan.data': {
        'load': 'gluon_gan.catalogue.load',
        'status': 'gluon_gan.catalogue.status',
        'held_out': 'gluon_gan.catalogue.held_out',
        'domain': 'gluon_gan.catalogue.domain',
        'catalogue': 'gluon_gan.catalogue',
        'remote': 'gluon_gan.serving.remote',
        'Remote': 'gluon_gan.serving.Remote',
        'client': 'gluon_gan.serving.client',
        'server': 'gluon_gan.serving.server',
        'curate': 'gluon_gan.curation.curate',
        'curation': 'gluon_gan.curation',
        'ExampleScorer': 'gluon_gan.curation.ExampleScorer',
        'ResNetScorer': 'gluon_gan.curation.ResNetScorer',
        'drawn': 'gluon_gan.synthetic',
        'drawn_faces': 'gluon_gan.data.synthetic_faces',
        'backbones': 'gluon_gan.zoo.backbones',
        'cifar': 'gluon_gan.data.sets.cifar',
        'containers': 'gluon_gan.data.archives',
        'digits': 'gluon_gan.data.sets.digits',
        'epochs': 'gluon_gan.data.batch_order',
        'faces': 'gluon_gan.data.sets.faces',
        'fetch': 'gluon_gan.support.fetch',
        'flowers': 'gluon_gan.data.sets.flowers',
        'images': 'gluon_gan.data.image_array',
        'locate': 'gluon_gan.support.locate',
        'oxford': 'gluon_gan.data.sets.flowers',
        'patchwork': 'gluon_gan.data.sets.quilt_photographs',
        'pictures': 'gluon_gan.data.image_files',
        'quilt_photographs': 'gluon_gan.data.sets.quilt_photographs',
    },
    'gluon_gan.dissect': {
        'drop': 'gluon_gan.dissect.ablate',
        'forgotten': 'gluon_gan.dissect.ablation_effect',
        'Forgotten': 'gluon_gan.dissect.AblationEffect',
        'maps_of': 'gluon_gan.dissect.feature_maps',
        'last_maps': 'gluon_gan.dissect.last_feature_layer',
        'copies': 'gluon_gan.dissect.nearest',
        'stages': 'gluon_gan.dissect.layers',
        'second_highest': 'gluon_gan.dissect.second_highest_layer',
        'windows': 'gluon_gan.dissect.ablation',
        'evidence': 'gluon_gan.dissect.fit_object_classifier',
        'Evidence': 'gluon_gan.dissect.ObjectClassifier',
        'strongest': 'gluon_gan.dissect.top_feature_maps',
        'overlap': 'gluon_gan.dissect.intersection_over_union',
        'most_exciting': 'gluon_gan.dissect.top_activating_images',
        'Exciting': 'gluon_gan.dissect.TopActivatingImages',
        'ascend': 'gluon_gan.dissect.activation_maximisation',
        'Ascent': 'gluon_gan.dissect.ActivationMaximisation',
        'peaks': 'gluon_gan.dissect.peak_activations',
        'Strongest': 'gluon_gan.dissect.PeakActivations',
        'pictures_of': 'gluon_gan.dissect.saliency_images',
    },
    'gluon_gan.metrics': {
        'face_judge': 'gluon_gan.metrics.face_attribute_classifier',
        'FaceJudge': 'gluon_gan.metrics.FaceAttributeClassifier',
        'Judged': 'gluon_gan.metrics.AttributePredictions',
        'judge': 'gluon_gan.metrics.attribute_classifier',
        'names': 'gluon_gan.metrics.extractors',
    },
    'gluon_gan.train': {
        'alarms': 'gluon_gan.train.watch.alarms',
        'entry': 'gluon_gan.train.arguments',
        'folder': 'gluon_gan.train.run.folder',
        'generate': 'gluon_gan.train.run.generate',
        'keep': 'gluon_gan.train.run.checkpoints',
        'measures': 'gluon_gan.train.watch.measures',
        'monitor': 'gluon_gan.train.watch.monitor',
        'page': 'gluon_gan.train.watch.page',
        'rules': 'gluon_gan.train.watch.rules',
        'scores': 'gluon_gan.train.watch.scores',
        'source': 'gluon_gan.train.run.source',
        'tensorboard': 'gluon_gan.train.watch.tensorboard',
    },
    'gluon_gan.train.run': {
        'resume': 'gluon_gan.train.run.Run.resume',
        'start': 'gluon_gan.train.run.Run.start',
        'train': 'gluon_gan.train.run.Run.train',
    },
    'gluon_gan.translate': {
        'Pool': 'gluon_gan.translate.ImagePool',
        'pool': 'gluon_gan.translate.image_pool',
    },
}


def data_set(name):
    """The current name of a data set or a domain; a name that has not changed is returned as it is."""
    return _current(name, {**DATA_SETS, **DOMAINS}, 'data set')


def preset(name):
    """The current name of a preset; a name that has not changed is returned as it is."""
    return _current(name, PRESETS, 'preset')


def weights(name):
    """The current name of shipped weights; a name that has not changed is returned as it is."""
    return _current(name, WEIGHTS, 'network')


def _current(name, table, kind):
    if name not in table:
        return name
    if name not in _reported:
        log.warning('the %s %s is now called %s', kind, name, table[name])
        _reported.add(name)
    return table[name]


def data_set_text(text):
    """The current form of a full data-set name, which ``config.json`` keeps as ``data_name``."""
    for pattern, replacement in DATA_SET_TEXTS:
        text = re.sub(pattern, replacement, text)
    return text


def config(values):
    """The contents of a ``config.json``, or of the JSON file beside shipped weights, with current names.

    Parameters
    ----------
    values : dict
        It is not changed.

    Returns
    -------
    dict
    """
    tables = {'preset': PRESETS, 'data': DATA_SETS, 'a': DOMAINS, 'b': DOMAINS}
    renamed = {key: tables[key].get(value, value) if key in tables and isinstance(value, str) else value
               for key, value in values.items()}
    if isinstance(renamed.get('data_name'), str):
        renamed['data_name'] = data_set_text(renamed['data_name'])
    return renamed


def attribute_error(module, name):
    """The AttributeError for an attribute that a module does not have; it gives the new name if there is one.

    Parameters
    ----------
    module, name : str
        The full name of the module, and the name that was looked up.

    Returns
    -------
    AttributeError
        For the caller to raise, in a module-level ``__getattr__``.
    """
    new = ATTRIBUTES.get(module, {}).get(name)
    if new:
        return AttributeError(f'{module}.{name} has been renamed: use {new}')
    return AttributeError(f'module {module!r} has no attribute {name!r}')
