"""Ask well-known packages for their scores of the features that the tests make again, and keep what they print.

::

    python -m venv .venv-metrics
    .venv-metrics/bin/pip install prdc==0.2 torch-fidelity==0.4.0
    .venv-metrics/bin/python tools/metric_references.py tests/metrics/reference_values.json

prdc is its authors' own code for density and coverage (Naeem et al. 2020); torch-fidelity reproduces the reference codes of FID,
KID and the Inception Score. torch-fidelity brings PyTorch, of several gigabytes where pip takes the CUDA build, which is why the
values are kept and the tests need neither.
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

COUNTS, WIDTH, CLASSES = (1200, 1000), 16, 10
SUBSETS = {'subsets': 20, 'size': 500, 'seed': 2020}


def features(seed=0):
    """Real ``(1200, 16)``, correlated and far from zero, and fake ``(1000, 16)``: shrunk, moved, and a quarter of it noisy. float64."""
    rng = np.random.default_rng(seed)
    real, fake = (np.cumsum(rng.standard_normal((count, WIDTH)), axis=1) / 2 + 3 for count in COUNTS)
    fake = fake * np.linspace(0.6, 1.1, WIDTH) + 0.5
    fake[::4] += 0.7 * rng.standard_normal(fake[::4].shape)
    return real, fake


def logits(seed=1):
    """Of a classifier, ``(1000, 10)`` float64."""
    return 2 * np.random.default_rng(seed).standard_normal((COUNTS[1], CLASSES))


def main(path):
    import torch
    from prdc import compute_prdc
    from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

    real, fake = features()
    tensors = torch.from_numpy(fake), torch.from_numpy(real)          # in their order
    moments = [metric_fid.fid_features_to_statistics(part) for part in tensors]
    values = {f'prdc k={k}': compute_prdc(real, fake, k) for k in (3, 5)}
    values['fid'] = metric_fid.fid_statistics_to_metric(*moments, verbose=False)
    # Their first set is the generated one; the order of the sets is the order in which subsets are drawn.
    values['kid'] = metric_kid.kid_features_to_metric(
        *tensors[::-1], kid_subsets=SUBSETS['subsets'], kid_subset_size=SUBSETS['size'], rng_seed=SUBSETS['seed'], verbose=False)
    values['prc'] = metric_prc.prc_features_to_metric(*tensors, prc_neighborhood=3, verbose=False)
    values['isc'] = metric_isc.isc_features_to_metric(torch.from_numpy(logits()), splits=10, shuffle=False)
    values = {name: {key: float(value) for key, value in part.items()} for name, part in values.items()}
    versions = {name: version(name) for name in ('numpy', 'prdc', 'scikit-learn', 'torch', 'torch-fidelity')}
    Path(path).write_text(json.dumps({'made by': 'tools/metric_references.py', 'versions': versions, 'values': values}, indent=1) + '\n')


if __name__ == '__main__':
    main(sys.argv[1])
