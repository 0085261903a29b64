"""Compute reference values with well-known packages, from features that the tests reproduce.

::

    python -m venv .venv-metrics
    .venv-metrics/bin/pip install prdc==0.2 torch-fidelity==0.4.0
    .venv-metrics/bin/python tools/metric_references.py tests/metrics/reference_values.json

prdc is the code of the authors of density and coverage (Naeem et al. 2020). torch-fidelity reproduces the reference
implementations of the FID, the KID and the Inception Score. It depends on PyTorch, which takes several gigabytes if pip
installs the CUDA build. The values are therefore stored, and the tests require neither package.
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

COUNTS, WIDTH, CLASSES = (1200, 1000), 16, 10
SUBSETS = {'subsets': 20, 'size': 500, 'seed': 2020}


def features(seed=0):
    """Real features ``(1200, 16)`` and fake features ``(1000, 16)``, float64.

    The real ones are correlated, with a mean far from zero. The fake ones are scaled and shifted, a quarter with noise.
    """
    rng = np.random.default_rng(seed)
    real, fake = (np.cumsum(rng.standard_normal((count, WIDTH)), axis=1) / 2 + 3 for count in COUNTS)
    fake = fake * np.linspace(0.6, 1.1, WIDTH) + 0.5
    fake[::4] += 0.7 * rng.standard_normal(fake[::4].shape)
    return real, fake


def logits(seed=1):
    """Logits of a classifier, ``(1000, 10)`` float64."""
    return 2 * np.random.default_rng(seed).standard_normal((COUNTS[1], CLASSES))


def main(path):
    import torch
    from prdc import compute_prdc
    from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

    real, fake = features()
    tensors = torch.from_numpy(fake), torch.from_numpy(real)          # fake first, as the package expects
    moments = [metric_fid.fid_features_to_statistics(part) for part in tensors]
    values = {f'prdc k={k}': compute_prdc(real, fake, k) for k in (3, 5)}
    values['fid'] = metric_fid.fid_statistics_to_metric(*moments, verbose=False)
    # The package calls its first set the generated one. Subsets are sampled in the order of the sets.
    values['kid'] = metric_kid.kid_features_to_metric(
        *tensors[::-1], kid_subsets=SUBSETS['subsets'], kid_subset_size=SUBSETS['size'], rng_seed=SUBSETS['seed'],
        verbose=False)
    values['prc'] = metric_prc.prc_features_to_metric(*tensors, prc_neighborhood=3, verbose=False)
    values['isc'] = metric_isc.isc_features_to_metric(torch.from_numpy(logits()), splits=10, shuffle=False)
    values = {name: {key: float(value) for key, value in part.items()} for name, part in values.items()}
    versions = {name: version(name) for name in ('numpy', 'prdc', 'scikit-learn', 'torch', 'torch-fidelity')}
    found = {'made by': 'tools/metric_references.py', 'versions': versions, 'values': values}
    Path(path).write_text(json.dumps(found, indent=1) + '\n')


if __name__ == '__main__':
    main(sys.argv[1])
