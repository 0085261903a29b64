r"""Fréchet distance between two Gaussians fitted to features.

Dowson and Landau 1982; for GANs, Heusel et al. 2017, arXiv 1706.08500, section 2:

    d = |m - n|^2 + tr(C + D - 2 (C D)^(1/2))

This is the squared distance, which is what is generally reported. The trace of (C D)^(1/2) is the sum of the singular
values of C^(1/2) D^(1/2), so eigenvalues of symmetric matrices and singular values suffice. A direct square root of
the product C D, which is not symmetric, has complex rounding errors if C is nearly singular; other implementations
therefore add 1e-6 to the diagonal and discard imaginary parts.
"""
import numpy as np

from ._rows import features, same_width
from .stats import FeatureStats


def frechet_distance(real, fake, allow_few=False):
    """Measure how far apart two sets of features are, in mean and covariance.

    The distance is 0 for equal Gaussians and has no upper bound; lower is better. Its unit is that of the features
    squared, so it compares only with distances in the features of the same extractor. The estimate is biased upwards,
    and more so for fewer samples (Binkowski et al. 2018, arXiv 1801.01401). Compare only equal counts, and report
    real against real for the same count.

    It responds to blur, noise, wrong colours and missing modes as far as they change the mean or the covariance. It
    rewards memorisation, and ignores everything beyond second moments.

    Parameters
    ----------
    real, fake : FeatureStats or array_like
        Statistics, or features ``(N, d)``.
    allow_few : bool
        Compute the distance even if a set has no more rows than features. Its covariance is then singular and the
        number unreliable, which must be stated wherever it is reported.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If the features are invalid, d differs, or a set has no more rows than features and ``allow_few`` is false.
    """
    stats = [part if isinstance(part, FeatureStats) else FeatureStats(features(name, part))
             for name, part in (('real', real), ('fake', fake))]
    for name, part in zip(('real', 'fake'), stats):
        if part.count < 2:
            raise ValueError(f'{name} has {part.count} rows: a covariance requires at least 2')
        if part.count <= len(part.mean) and not allow_few:
            raise ValueError(f'{name} has {part.count} rows for {len(part.mean)} features, so its covariance is '
                             f'singular: use more than {len(part.mean)} rows, or pass allow_few=True and flag it')
    first, second = stats
    same_width(len(first.mean), len(second.mean))
    roots = [_root(part.covariance) for part in stats]
    common = np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()
    traces = sum(np.square(root).sum() for root in roots)
    return max(0.0, float(np.square(first.mean - second.mean).sum() + traces - 2 * common))


def _root(covariance):
    """R with R R' = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0))         # rounding can make zero eigenvalues negative
