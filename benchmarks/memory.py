"""Compare the peak memory of our training step with PyTorch's, each variant in a process of its own. See README.md."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))       # this checkout's package, installed or not

from step import BATCH_SIZE, argument_parser, checked, write, write_images  # noqa: E402

from gluon_gan import presets  # noqa: E402

STEPS = 6
OURS = {28: 'mnist', 32: 'cifar10', 64: 'celeba', 128: 'celeba'}
VARIANTS = (('gluon_gan', 'plain step'), ('gluon_gan', 'step'), ('gluon_gan', 'bf16 step'), ('torch', 'eager'),
            ('torch', 'channels-last'), ('torch', 'channels-last+thrifty'), ('torch', 'bf16+channels-last'))
# Run in the process that is measured. VmHWM is the largest part of its memory that was resident at one time.
PROGRAM = '''
import json, sys
sys.path.insert(0, sys.argv[1])
import {module}
settings = json.loads(sys.argv[2])
{module}.make(sys.argv[3], settings).run(int(sys.argv[4]))
print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))
'''


def peak(python, module, variant, settings):
    """The peak resident memory of some steps, in MB."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(settings['threads']), PYTHONPATH=str(FOLDER.parent))
    words = [python, '-c', PROGRAM.format(module=module), str(FOLDER), json.dumps(settings), variant, str(STEPS)]
    done = subprocess.run(words, env=environment, check=True, text=True, stdout=subprocess.PIPE)
    return int(done.stdout.split()[-1]) / 1024


def main(words=None):
    parser = argument_parser(__doc__)
    for action in parser._actions:
        if action.dest == 'sizes':
            action.choices, action.default = list(OURS), [64, 128]
        elif action.dest == 'rounds':
            action.default, action.help = 3, 'number of processes for each variant (default: 3)'
    options = checked(parser, words)
    result = {'batch_size': BATCH_SIZE, 'steps': STEPS, 'threads': options.threads, 'sizes': {}}
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            preset = dict(presets.preset(OURS[size]), size=size)
            settings = {'preset': OURS[size], 'net': preset, 'batch_size': BATCH_SIZE, 'threads': options.threads,
                        'images': write_images(size, preset['channels'], Path(folder))}
            peaks = {f'{ours} {variant}': [] for ours, variant in VARIANTS}
            for _ in range(options.rounds):
                for ours, variant in VARIANTS:
                    python, module = ((sys.executable, 'mxnet_worker') if ours == 'gluon_gan' else
                                      (options.torch, 'torch_worker'))
                    peaks[f'{ours} {variant}'].append(round(peak(python, module, variant, settings), 1))
            result['sizes'][size] = peaks
            print(f'\n{size} px, batch {BATCH_SIZE}: peak resident memory, MB')
            for name, values in sorted(peaks.items(), key=lambda item: max(item[1])):
                print(f'  {name:34} {max(values):8.0f}   (lowest {min(values):.0f})', flush=True)
    write(options.json, result)


if __name__ == '__main__':
    main()
