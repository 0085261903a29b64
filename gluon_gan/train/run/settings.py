"""The settings of a training as a typed, checked object, and the facts that the training records about itself.

Both are stored in one flat JSON object, the run's ``config.json``. This module does not import MXNet when it is
imported: the command line takes its options and their help from the fields below.
"""
import dataclasses
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from ...support import renamed
from ...support.checks import shown, whole_number
from .fields import check_names, check_types, documented, setting, without_preset_label

# What a training can do. The module of a task has `SETTINGS`, a subclass of `Settings`, `TRAINER`, the class of its
# trainer, and the functions `make_loader`, `make_trainer`, `schedules`, `recorders`, `recorded`, `final_images` and
# `pixel_scale`, as `generate` has them. Everything else is the same for all tasks: the loop, the callbacks and
# the folder of a run.
TASKS = {'generate': 'gluon_gan.train.run.generate', 'translate': 'gluon_gan.translate.task'}
PLACES = 'data', 'a', 'b'       # the settings that say where the training data are


@documented
@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a training is asked to do: the settings that every task has.

    :meth:`make` and :meth:`from_config` return an object of the task's subclass, such as
    :class:`~.gan_settings.GANSettings`.
    Every object is checked when it is constructed, so that a wrong value is reported before any data is loaded.
    ValueError names the setting and its value.
    """

    task: ClassVar[str]

    preset: str = setting(
        'the networks, data and settings to begin with: mnist, mnist-conditional, stronger-g, fashion_mnist, '
        'kmnist, cifar10, celeba, synthetic-faces, quilts, synthetic-quilts or dcgan; for translations cyclegan or '
        'dreams. By default mnist or cyclegan',
        group='what')
    data: str = setting(
        'the training data: the name of a data set, the path of a folder or archive of images, or the URL of '
        "`gluon-gan data serve`. By default the preset's", group='what', metavar='SET')
    epochs: int | None = setting(
        'passes through the data in all, at least 1 (mnist and celeba: 25)', None, 'what')
    steps: int | None = setting(
        'steps in all, at least 1 (quilts: 6000). If epochs is given too, the training ends at whichever comes first',
        None, 'what')
    augment: str = setting(
        'how images are changed each time they are loaded: none, mirror, flips, light or quilts (celeba and quilts: '
        'light)', 'none', 'how', 'NAME')
    batch_size: int = setting('images per step (most presets: 64)', group='how')
    lr: float = setting("Adam's learning rate for both networks, above 0", 2e-4, 'how')
    beta1: float = setting("Adam's momentum, in [0, 1)", 0.5, 'how')
    decay: float = setting(
        'the fraction of the training, in [0, 1], after which the learning rate decreases linearly to zero; 1 for a '
        'constant learning rate (mnist: 0.5)', 1, 'how', 'START')
    precision: str = setting(
        'of the convolutions on a CPU: float32, or bfloat16, which is faster where the processor has it (see '
        '`gluon-gan doctor`)', 'float32', 'how')
    seed: int = setting('the seed of every random number, at least 0: the same seed gives the same training', 0, 'how')
    loss: str = setting(
        'the objective: nonsaturating, minimax, least_squares, hinge, wasserstein, relativistic or feature_matching',
        'nonsaturating', 'objective')
    real_label: float = setting(
        'the target of D for real images; 0.9 is one-sided label smoothing', 1.0, 'objective', 'T')
    size: int = setting(
        'height and width of the images in pixels: 28, 32, 64 or 128; for translations a multiple of 4',
        group='networks')
    channels: int | None = setting('channels of the images: 1 (grey) or 3 (RGB). By default those of the data', None,
                                   'networks', 'C')
    ngf: int = setting("feature maps of the generator's last hidden layer (most presets: 64)", group='networks')
    ndf: int | None = setting("feature maps of the discriminator's first layer (mnist: 32, most others: 64)",
                              group='networks')
    save_every: int | None = setting('steps between two checkpoints, at least 1. By default one epoch', None, 'where',
                                     'STEPS')
    keep: int = setting('the number of checkpoints that are kept, at least 1', 3, 'where', 'K')
    best: str | None = setting(
        "also keep the best checkpoint, checkpoints/best.npz: the one with the lowest value of a number in "
        "history.jsonl, such as errG, or with the highest: 'D(G(z)):max'", None, 'where', 'METRIC[:max]')

    def __post_init__(self):
        from ...data import augment
        from ..arguments import check_goal
        from ..callbacks import LinearDecay
        from .checkpoints import parse_best
        check_types(self)
        check_goal(self.epochs, self.steps)
        augment.named(self.augment)
        LinearDecay(self.decay)
        for name in ('save_every', 'keep'):
            if getattr(self, name) is not None:
                whole_number(name, getattr(self, name))
        parse_best(self.best)

    @staticmethod
    def make(preset=None, data=None, task=None, **changes):
        """The settings of a new training: the preset's values with the given changes.

        Parameters
        ----------
        preset, data : str, optional
            If only one is given, the other has the same name. If data without a preset of its name is given, the preset
            is 'celeba'. If neither is given, both are 'mnist'. Translations: see
            :class:`gluon_gan.translate.settings.TranslationSettings`.
        task : str, optional
            A key of :data:`TASKS`; by default the task of the preset.
        **changes
            Any other setting. None keeps the preset's value. If ``epochs`` or ``steps`` is given, the preset's value of
            the other is dropped.

        Returns
        -------
        Settings

        Raises
        ------
        ValueError
            If the preset, the task or a setting does not exist, or a value is wrong.
        """
        from ... import catalogue, presets
        for name, value in {'preset': preset, 'data': data, 'task': task, **changes}.items():
            if name in ('preset', 'data', 'task', 'a', 'b') and value is not None and not isinstance(value, str):
                raise ValueError(f'{name} must be a str, not {shown(value)}')
        preset, data = renamed.preset(preset), renamed.data_set(data)
        if task is None:
            task = 'translate' if preset in presets.TRANSLATIONS else 'generate'
        cls = task_module(task).SETTINGS
        check_names(changes, cls, [task_module(other).SETTINGS for other in TASKS])
        changes = {name: catalogue.place_of(value) if name in PLACES else value
                   for name, value in {**changes, 'data': data}.items() if value is not None}
        values = without_preset_label({**cls.preset_values(preset, data), **changes}, changes)
        if 'epochs' in changes or 'steps' in changes:      # the preset's other end would come first otherwise
            values.update(epochs=changes.get('epochs'), steps=changes.get('steps'))
        settings = cls(**values)
        settings.check_new()
        return settings

    def check_new(self):
        """Raise ValueError for values that a new training must not have; runs of earlier versions may have them."""

    @staticmethod
    def from_config(config):
        """The settings in the contents of a ``config.json``, of this version or an earlier one.

        Parameters
        ----------
        config : dict
            Other keys are ignored. A setting that is missing or null has the default of its field, which is how
            versions without this setting behaved.

        Returns
        -------
        Settings

        Raises
        ------
        ValueError
            If a required setting is missing, or a value is wrong.
        """
        config = renamed.config(config)
        cls = task_module(config.get('task', 'generate')).SETTINGS        # the first versions had one task
        values = {}
        for field in dataclasses.fields(cls):
            if config.get(field.name) is not None:
                values[field.name] = config[field.name]
            elif field.name == 'classes' and field.name in config:       # null: the data decide, and not the default
                values[field.name] = None
            elif field.default is dataclasses.MISSING:
                raise ValueError(f'it has no {field.name!r}')
        return cls(**values)

    @classmethod
    def preset_values(cls, preset, data):
        """The values of a preset as a dict, with its name. A subclass chooses the preset if it is None."""
        raise NotImplementedError

    def fitted_to(self, images):
        """A copy with the values that the data decide, for a new training.

        Parameters
        ----------
        images : ImageArray, TwoDomains or gluon_gan.serving.client.Served
            The training data.

        Returns
        -------
        Settings

        Raises
        ------
        ValueError
            If a value was given and the data have another.
        """
        return self.replace(channels=images.channels)

    def to_config(self):
        """dict: the settings for ``config.json``. The task 'generate' is not written, as in earlier versions."""
        return {**({} if self.task == 'generate' else {'task': self.task}), **dataclasses.asdict(self)}

    def replace(self, **changes):
        """A copy with other values, checked as a new object is."""
        return dataclasses.replace(self, **changes)

    def select(self, *names):
        """dict: the values of some settings by their names."""
        return {name: getattr(self, name) for name in names}

    def total_steps(self, steps_per_epoch):
        """int: the step at which the training ends, whether ``steps`` or ``epochs`` says so."""
        ends = [self.steps, self.epochs and self.epochs * steps_per_epoch]
        return min(end for end in ends if end)


def task_module(task):
    """The module of a task; see :data:`TASKS`."""
    if not isinstance(task, str) or task not in TASKS:
        raise ValueError(f"there is no task {shown(task)}; the tasks are {', '.join(TASKS)}")
    return import_module(TASKS[task])
