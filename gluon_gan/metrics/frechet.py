r"""Fréchet distance between two Gaussians fitted to features.

Dowson and Landau 1982; for GANs Heusel et al. 2017, arXiv 1706.08500, section 2:

    d = |m - n|^2 + tr(C + D - 2 (C D)^(1/2))

(the squared distance, as everybody prints it). tr (C D)^(1/2) is the sum of the singular values of C^(1/2) D^(1/2), and so
needs eigenvalues of symmetric matrices and singular values only: no root of the product C D, which is not symmetric, has
complex rounding where C is nearly singular, and is why other implementations add 1e-6 to the diagonal and drop imaginary parts.
"""
import numpy as np

from ._rows import features, same_width
from .stats import FeatureStats


def frechet_distance(real, fake, allow_few=False):
    """How far apart two sets of features are, in mean and covariance.

    0 is the same Gaussian, there is no upper end, less is better. In units of the features squared: comparable only with the
    same extractor. The estimate is biased upwards, the more the fewer the samples (Binkowski et al. 2018, arXiv 1801.01401),
    so compare only equal counts, and beside real against real of that count.

    It sees blur, noise, wrong colours and missing modes as far as they move the mean or the covariance. It does not see
    memorisation, which it rewards, nor anything beyond the second moments.

    Parameters
    ----------
    real, fake : FeatureStats or array_like
        Or arrays of features ``(N, d)``.
    allow_few : bool
        Compute even where a set has no more rows than features. Its covariance is then singular and the number says little;
        whoever prints it has to say so.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If d differs, rows are no features, or a set has no more rows than features and ``allow_few`` is false.
    """
    stats = [part if isinstance(part, FeatureStats) else FeatureStats(features(name, part))
             for name, part in (('real', real), ('fake', fake))]
    for name, part in zip(('real', 'fake'), stats):
        if part.count < 2:
            raise ValueError(f'{name} has {part.count} rows: a covariance needs at least 2')
        if part.count <= len(part.mean) and not allow_few:
            raise ValueError(f'{name} has {part.count} rows for {len(part.mean)} features, and its covariance is singular: '
                             f'take more than {len(part.mean)} rows, or pass allow_few=True and flag the number')
    first, second = stats
    same_width(len(first.mean), len(second.mean))
    roots = [_root(part.covariance) for part in stats]
    common = np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()
    traces = sum(np.square(root).sum() for root in roots)
    return max(0.0, float(np.square(first.mean - second.mean).sum() + traces - 2 * common))


def _root(covariance):
    """R with R R' = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))         # a singular one has eigenvalues that round below zero
