"""The settings of a GAN that generates images from noise. Like :mod:`.settings`, this module does not import MXNet."""
from dataclasses import dataclass
from typing import ClassVar

from ...support.checks import whole_number
from .fields import documented, setting
from .settings import Settings


@documented
@dataclass(frozen=True, kw_only=True)
class GANSettings(Settings):
    """The settings of a GAN that generates images from noise."""

    task: ClassVar[str] = 'generate'

    start_from: str | None = setting(
        'begin with the weights of another run, of a checkpoint, or of shipped weights that have a discriminator, '
        'which were trained on similar images (fine-tuning); its networks must have the same sizes, or half of the '
        'size and twice the ngf and ndf', None, 'what', 'RUN')
    score: str | None = setting(
        'record a Frechet distance about thirty times during the training, in the features of lenet (digits) or '
        'random64 (any images): for the curves, and for --best frechet_lenet_2k', None, 'how', 'NAME')
    lrG: float | None = setting("the generator's learning rate. By default lr", None, 'how', 'LR')
    lrD: float | None = setting("the discriminator's learning rate. By default lr", None, 'how', 'LR')
    d_steps: int | None = setting(
        'updates of D per update of G. By default 5 for wasserstein with a penalty and 1 otherwise', None, 'how', 'N')
    g_steps: int = setting('updates of G per update of D', 1, 'how', 'N')
    average: float | None = setting(
        "the decay of the moving average of G's weights that samples are made with, in [0, 1); 0 for no average",
        0.999, 'how')
    half: bool = setting('compute in float16 with loss scaling; on a GPU only', False, 'how')
    swap_labels: bool = setting('train D with the target 0 for real and 1 for generated images', False, 'objective')
    flip: float = setting('the probability that a label of D is flipped, in [0, 0.5)', 0.0, 'objective', 'P')
    noise: float = setting(
        'standard deviation of the noise on all images that D receives; it decreases to zero during the training',
        0.0, 'objective', 'SD')
    feature_weight: float | None = setting(
        "weight of feature matching in G's loss. By default 1 for feature_matching and 0 for other losses", None,
        'objective', 'W')
    features: str = setting('what is matched: means of the batch, or pairs', 'means', 'objective')
    feature_layer: int = setting('the block of D whose features are matched; -1 is the last', -1, 'objective', 'N')
    diff_augment: str = setting(
        'differentiable augmentation of all images that D receives, for small data sets: none, or some of color, '
        'translation and cutout, separated by commas (quilts: translation)', 'none', 'objective', 'LIST')
    augment_target: float | None = setting(
        "with --diff-augment: apply each of the list with a probability that is adapted until the mean sign of D's "
        'outputs for real images is T, so that D does not overfit; 0.6 is usual', None, 'objective', 'T')
    lecam: float = setting(
        "weight of LeCam regularisation for small data sets, which keeps D's outputs for real and for generated images "
        'near each other', 0.0, 'objective', 'W')
    reconstruction: float = setting(
        "weight of the reconstruction of real images from D's features, as in FastGAN, for small data sets", 0.0,
        'objective', 'W')
    freeze_d: int = setting(
        "with --start-from: the number of D's first blocks that keep their weights (FreezeD)", 0, 'networks', 'N')
    clip: float | None = setting(
        "clip D's weights to [-C, C]; 0 for no clipping. By default 0.01 for wasserstein without a penalty and 0 "
        'otherwise', None, 'objective', 'C')
    penalty: str = setting(
        "penalty on D's gradient with respect to its images, which needs --norm none or spectral: none, r1, r2, r1r2, "
        'wgan-gp, wgan-gp-one-sided or dragan', 'none', 'objective', 'NAME')
    gamma: float | None = setting(
        'the weight of the penalty, at least 0. By default 1 for r1r2 and 10 for others', None, 'objective', 'W')
    penalty_every: int = setting(
        'apply the penalty in every N-th step, with N times its weight; 16 costs little time', 1, 'objective', 'N')
    nz: int = setting('dimensions of the noise z (presets: 100)', group='networks')
    kernel: int = setting(
        'side of strided kernels: 4, or 5 as in the DCGAN paper (most presets: 4). The residual blocks '
        'of D ignore it', group='networks')
    classes: int | None = setting(
        'classes that both networks are conditioned on, as many as the data have; 0 for an unconditional GAN. By '
        'default the preset says whether there are classes, and the data how many', 0, 'networks', 'K')
    norm: str = setting('normalisation in D: batch, spectral (of the weights) or none', 'batch', 'networks')
    upsampling: str | None = setting(
        'upsampling in G: transposed, nearest (the default of residual blocks) or bilinear', None, 'networks', 'METHOD')
    block: str = setting('blocks of both networks: plain, or residual as in SNGAN and WGAN-GP', 'plain', 'networks')

    def check_new(self):
        from ..arguments import check_norm
        if self.loss == 'wasserstein' and self.clip == 0 and self.norm != 'spectral' and self.penalty == 'none':
            raise ValueError('--clip 0 leaves the weights of D without a bound, which the loss wasserstein needs: omit '
                             '--clip, or add --norm spectral')
        if self.freeze_d and self.start_from is None:
            raise ValueError(f'--freeze-d {self.freeze_d} keeps the weights of another training, and there is none: '
                             'add --start-from, or omit --freeze-d')
        check_norm(self.penalty, self.norm)
        if self.classes is not None:
            whole_number('classes', self.classes, 0)

    @classmethod
    def preset_values(cls, preset, data):
        from ... import presets
        name = preset or (data if data in presets.PRESETS else 'celeba' if data else 'mnist')
        values = presets.preset(name)
        classes = None if values.get('classes') else 0
        return {'preset': name, **values, 'channels': None, 'classes': classes}      # None: the data decide

    def fitted_to(self, images):
        if self.classes == 0:
            return super().fitted_to(images)
        if self.classes not in (None, images.class_count):
            raise ValueError(different_classes(images, self.classes))
        return super().fitted_to(images).replace(classes=images.class_count)


def different_classes(images, wanted):
    """The message for data with another number of classes than the networks."""
    return (f'{images.name} has {images.class_count} classes, and the networks are conditioned on {wanted}: use data '
            f'with {wanted} classes, or start a new run without --classes')
