"""The settings of a translation. Like :mod:`gluon_gan.train.run.settings`, this module does not import MXNet."""
from dataclasses import dataclass
from typing import ClassVar

from ..train.run.fields import documented, setting, with_default
from ..train.run.settings import Settings

NAMED_DOMAINS = 'two_domains'        # data='two_domains' takes domains a and b; any other data hold both domains


@documented
@dataclass(frozen=True, kw_only=True)
class TranslationSettings(Settings):
    """The settings of a translation between two domains of images."""

    task: ClassVar[str] = 'translate'

    decay: float = with_default(Settings, 'decay', 0.5)
    loss: str = with_default(Settings, 'loss', 'least_squares')
    ndf: int | None = with_default(Settings, 'ndf', None)
    a: str | None = setting(
        f'domain A, with --data {NAMED_DOMAINS}: a data set, a folder of images, or synthetic_red, synthetic_teal, '
        'synthetic_plain or synthetic_glasses', None, 'translation', 'SET')
    b: str | None = setting('domain B', None, 'translation', 'SET')
    cycle: float = setting('weight of the cycle-consistency loss', 10.0, 'translation', 'W')
    identity: float = setting(
        'weight of the identity loss, as a fraction of the weight of the cycle-consistency loss', 0.5, 'translation',
        'SHARE')
    pool: int = setting('number of earlier translations that are kept and shown to D again; 0 for none', 50,
                        'translation', 'N')
    generator: str = setting(
        'the generator: resnet, or dream for three convolutions and one bilinear upsampling', group='translation',
        metavar='KIND')
    discriminator: str = setting('the discriminator: patch, or single for one convolution', group='translation',
                                 metavar='KIND')
    blocks: int | None = setting(
        'residual blocks of the resnet generator. By default 6, and 9 for images of 256 pixels and more', None,
        'translation', 'N')
    halvings: int | None = setting(
        'convolutions of stride 2 in the patch discriminator: 1, 2 or 3, for patches of 16, 34 or 70 pixels. By '
        'default 2, and 3 for images of 128 pixels and more', None, 'translation', 'N')

    def __post_init__(self):
        super().__post_init__()
        if self.data == NAMED_DOMAINS and not (self.a and self.b):
            raise ValueError(f'--data {NAMED_DOMAINS} needs both domains: name them with --a and --b')
        if self.data != NAMED_DOMAINS and (self.a or self.b):
            raise ValueError(f'--a and --b are for --data {NAMED_DOMAINS}, and {self.data} holds both domains: '
                             'leave them out')

    def check_new(self):
        if self.a and self.a == self.b:
            raise ValueError(f'--a and --b are both {self.a}: a translation needs two different domains')
        if self.loss == 'wasserstein':
            raise ValueError('--loss wasserstein needs a bound on the weights of D, and a translation has none: choose '
                             'least_squares or hinge')

    @classmethod
    def preset_values(cls, preset, data):
        from .. import presets
        name = preset or 'cyclegan'
        # The preset names domains; other data bring their own.
        own = dict(a=None, b=None) if data not in (None, NAMED_DOMAINS) else {}
        return {'preset': name, **presets.translation(name), **own}
