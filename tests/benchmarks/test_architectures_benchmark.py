"""The comparison of architectures runs, and counts parameters; no test asserts a duration."""
import importlib.util
from pathlib import Path

import gluon_gan as gg

FILE = Path(__file__).resolve().parents[2] / 'benchmarks' / 'architectures.py'


def test_all_ways_are_measured():
    spec = importlib.util.spec_from_file_location('architectures_benchmark', FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = module.measure(28, 1, batch_size=2, width=2)
    assert set(found) == set(module.WAYS) and found['transposed']['ratio'] == 1
    assert all(row['step_ms'] > 0 and row['ratio'] > 0 for row in found.values())
    counted = [sum(each.data().size for each in net.collect_params().values() if each.grad_req != 'null')
               for net in initialised()]
    assert found['nearest']['parameters'] == counted


def initialised():
    networks = gg.build('mnist', ngf=2, ndf=2, upsampling='nearest')
    for net in networks:
        net.initialize()
    return networks
