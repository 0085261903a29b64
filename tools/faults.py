"""Inject faults into real processes, and write what happened to docs/reliability.md: python tools/faults.py

All parts together take about ten minutes on two quiet cores. ``--only kill`` runs one part, and may be repeated;
``--count`` sets how many faults each part makes. The figures are kept in docs/reliability.json, in which a part
replaces only its own; the page is made from that file. Everything happens in a temporary folder, with networks of a few
thousand parameters and digits of 28 pixels, and nothing is sent beyond 127.0.0.1. A full disk needs a small file
system, which only root may mount; without that permission the part is skipped, and the page says so.

The exit status is 1 if a result differs, something is left over, or a process does not end.
"""
import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from fault_injection import damaged, disk, growth, interruptions, processes, report, requests
from fault_injection.forks import environment
from gluon_gan.support.files import atomic_write

ROOT = Path(__file__).parents[1]
PARTS = {       # name: (function, how many faults it makes by default)
    'kill': (interruptions.kill, 20),
    'sigterm': (interruptions.sigterm, 6),
    'sighup': (interruptions.sighup, 6),
    'disk': (disk.fill, 1),
    'bits': (damaged.flip_bits, 200),
    'decoders': (processes.two_decoders, 3),
    'workers': (processes.kill_members, 1),
    'requests': (requests.attack, 5000),
    'growth': (growth.measure, 3000),
}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', action='append', choices=PARTS, help='run this part alone; may be given again')
    parser.add_argument('--count', type=int, metavar='N',
                        help='faults of each part; for `growth`, steps; by default '
                             + ', '.join(f'{name} {count}' for name, (_, count) in PARTS.items()))
    parser.add_argument('--seed', type=int, help='seed of the random moments and places; by default a new one')
    parser.add_argument('--json', type=Path, default=ROOT / 'docs' / 'reliability.json', help='default: %(default)s')
    parser.add_argument('--page', type=Path, help='the page; by default beside the JSON file, with the suffix .md')
    parser.add_argument('--table', action='store_true', help='write the page from the JSON file, and run nothing')
    args = parser.parse_args(argv)
    if args.count is not None and args.count < 1:
        parser.error(f'--count must be at least 1, not {args.count}')
    page = args.page or args.json.with_suffix('.md')
    found = json.loads(args.json.read_text()) if args.json.exists() else {}
    failed = False
    for name in () if args.table else args.only or PARTS:
        function, count = PARTS[name]
        seed = random.SystemRandom().randrange(10 ** 6) if args.seed is None else args.seed
        since = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix='gluon-gan-faults-') as folder:
            print(f'{name}: seed {seed}', flush=True)
            with mock.patch.dict(os.environ):                # a part may set variables that name its folder
                result = function(Path(folder), args.count or count, random.Random(seed), environment(folder))
        result.update(seed=seed, seconds=round(time.perf_counter() - since), cores=os.cpu_count())
        print(f'{name}: {"ok" if result["ok"] else "FAILED"}, {result["seconds"]} s', flush=True)
        found = json.loads(args.json.read_text()) if args.json.exists() else {}      # another part may have been run
        found[name] = result
        failed = failed or not result['ok']
        with atomic_write(args.json) as unfinished:
            unfinished.write_text(json.dumps({part: found[part] for part in PARTS if part in found}, indent=1) + '\n')
    with atomic_write(page) as unfinished:
        unfinished.write_text(report.page(found))
    print(page)
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
