"""Compare recipes for training a GAN at equal time: python tools/recipes.py [times | search | compare]

::

    GLUON_GAN_DATA=... python tools/recipes.py times      # a quiet machine; the time of a step with each recipe
    GLUON_GAN_DATA=... python tools/recipes.py search     # the settings of SEARCH, on MNIST, one seed, a minute each
    GLUON_GAN_DATA=... python tools/recipes.py compare    # RECIPES on three data sets, three seeds, 100 seconds each

Equal time is an equal product of steps and time of a step, which ``times`` measures once. So the results depend on the
seeds alone, and not on what else the machine computes. ``results/recipes.json`` holds the times, the scores and the
curves, and ``docs/recipes/`` the images.
"""
import argparse
import json
import platform

import trials
from matplotlib.figure import Figure
from trials import ROOT

from gluon_gan import viz
from gluon_gan.support import storage

RESULT, PICTURES, PARTS = ROOT / 'results' / 'recipes.json', ROOT / 'docs' / 'recipes', ROOT / 'runs' / 'recipes'
SETS, SEEDS = ('mnist', 'celeba', 'quilts'), (0, 1, 2)
SEARCH_SECONDS, SECONDS = 60, 100                  # of one core of the machine that the times were measured on
NONE, SPECTRAL = dict(norm='none'), dict(norm='spectral')
WGAN_GP = dict(loss='wasserstein', penalty='wgan-gp')
LAZY_R1 = dict(penalty='r1', penalty_every=16)
R3GAN = dict(loss='relativistic', penalty='r1r2')


def _setting(net, trainer, init=None, **changes):
    return {'net': net, 'trainer': {**trainer, **changes}, **({'init': init} if init else {})}


# The settings of the search by recipe; each changes one thing of the recipe's first row or of its best row.
SEARCH = {
    'preset': {'2e-4': {}, **{name: _setting({}, {}, **changes) for name, changes in {
        '5e-4': dict(lr=5e-4), '1e-3': dict(lr=1e-3), '5e-4, beta1 0': dict(lr=5e-4, beta1=0.0),
        '1e-3, beta1 0': dict(lr=1e-3, beta1=0.0)}.items()}},
    'hinge, spectral': {name: _setting(SPECTRAL, dict(loss='hinge'), **changes) for name, changes in {
        '2e-4': {}, '5e-4': dict(lr=5e-4), '1e-3': dict(lr=1e-3), 'G 2e-4, D 8e-4': dict(lrG=2e-4, lrD=8e-4),
        '5e-4, beta1 0': dict(lr=5e-4, beta1=0.0), '1e-3, beta1 0': dict(lr=1e-3, beta1=0.0)}.items()},
    'wgan-gp': {name: _setting(NONE, WGAN_GP, init, **changes) for name, (init, changes) in {
        '2e-4, beta1 0': ('he', dict(beta1=0.0)), '5e-4, beta1 0': ('he', dict(lr=5e-4, beta1=0.0)),
        '1e-3, beta1 0': ('he', dict(lr=1e-3, beta1=0.0)),
        '5e-4, beta1 0, N(0, 0.02)': ('normal', dict(lr=5e-4, beta1=0.0)),
        '5e-4': ('he', dict(lr=5e-4)), '5e-4, beta1 0, gamma 1': ('he', dict(lr=5e-4, beta1=0.0, gamma=1.0)),
        '2e-3, beta1 0': ('he', dict(lr=2e-3, beta1=0.0))}.items()},
    'lazy r1': {name: _setting(NONE, LAZY_R1, init, **changes) for name, (init, changes) in {
        '2e-4, gamma 1': ('he', dict(gamma=1.0)), '5e-4, gamma 1': ('he', dict(lr=5e-4, gamma=1.0)),
        '1e-3, gamma 1': ('he', dict(lr=1e-3, gamma=1.0)), '5e-4, gamma 10': ('he', dict(lr=5e-4, gamma=10.0)),
        '5e-4, gamma 0.1': ('he', dict(lr=5e-4, gamma=0.1)),
        '5e-4, gamma 1, N(0, 0.02)': ('normal', dict(lr=5e-4, gamma=1.0)),
        '5e-4, gamma 1, beta1 0': ('he', dict(lr=5e-4, gamma=1.0, beta1=0.0)),
        '1e-3, gamma 1, beta1 0': ('he', dict(lr=1e-3, gamma=1.0, beta1=0.0)),
        '1e-3, gamma 0.1, beta1 0': ('he', dict(lr=1e-3, gamma=0.1, beta1=0.0))}.items()},
    'r3gan': {name: _setting(NONE, R3GAN, init, **changes) for name, (init, changes) in {
        '2e-4, gamma 1, beta1 0': ('he', dict(gamma=1.0, beta1=0.0)),
        '5e-4, gamma 1, beta1 0': ('he', dict(lr=5e-4, gamma=1.0, beta1=0.0)),
        '1e-3, gamma 1, beta1 0': ('he', dict(lr=1e-3, gamma=1.0, beta1=0.0)),
        '5e-4, gamma 0.1, beta1 0': ('he', dict(lr=5e-4, gamma=0.1, beta1=0.0)),
        '5e-4, gamma 1, beta1 0, N(0, 0.02)': ('normal', dict(lr=5e-4, gamma=1.0, beta1=0.0)),
        '5e-4, gamma 1': ('he', dict(lr=5e-4, gamma=1.0)),
        '2e-3, gamma 1, beta1 0': ('he', dict(lr=2e-3, gamma=1.0, beta1=0.0))}.items()},
}


def read():
    """The content of the result file; an empty dict at first."""
    return json.loads(RESULT.read_text()) if RESULT.exists() else {}


def update(**content):
    """Replace parts of the result file."""
    trials.write_result(RESULT, {**read(), **content})


def times():
    """Measure the time of a step of each recipe on each data set, and store it."""
    found = {name: {recipe: round(value, 1) for recipe, value in
                    trials.milliseconds(name, {recipe: next(iter(rows.values())) for recipe, rows in SEARCH.items()})
                    .items()} for name in SETS}
    update(milliseconds=found, processor=platform.processor() or platform.machine())
    print(json.dumps(found, indent=1))


def steps(name, recipe, seconds):
    """The number of steps that take ``seconds`` on one core, a multiple of five."""
    return round(seconds * 1000 / read()['milliseconds'][name][recipe] / 5) * 5


def search():
    """Train with every row of SEARCH, and store its scores."""
    jobs, keys = [], []
    for recipe, rows in SEARCH.items():
        for number, (row, setting) in enumerate(rows.items()):
            keys.append((recipe, row))
            jobs.append(('mnist', setting, 0, steps('mnist', recipe, SEARCH_SECONDS),
                         PARTS / f'search-{recipe}-{number}.npz'))
    trials.run_all(jobs)
    update(search=[{'recipe': recipe, 'row': row, **storage.read_meta(job[trials.STORE])} for (recipe, row), job in
                   zip(keys, jobs)])


def best():
    """dict: the row of the search with the lowest Fréchet distance, by recipe."""
    found = {}
    for one in sorted(read()['search'], key=lambda one: one['scores']['frechet']):
        found.setdefault(one['recipe'], one['row'])
    return {recipe: found[recipe] for recipe in SEARCH}


def compared():
    """list of (recipe, row of the search, setting): the best row of each recipe, and the preset with its own rates."""
    rows = [('preset', next(iter(SEARCH['preset']))), *best().items()]
    return [(recipe, row, SEARCH[recipe][row]) for recipe, row in rows]


def store(name, recipe, row, seed):
    """pathlib.Path: the file of one training of the comparison."""
    return PARTS / f'{name}-{recipe}-{row}-{seed}.npz'


def compare():
    """Train with each recipe on each data set with each seed; store scores, curves and grids."""
    listed = [(recipe, row, (name, setting, seed, steps(name, recipe, SECONDS), store(name, recipe, row, seed)))
              for seed in SEEDS for name in SETS for recipe, row, setting in compared()]
    trials.run_all([job for _, _, job in listed])
    update(seconds=SECONDS, compared=[{'recipe': recipe, 'row': row, **storage.read_meta(job[trials.STORE])}
                                      for recipe, row, job in listed],
           baselines={name: trials.task(name).baseline for name in SETS})
    PICTURES.mkdir(parents=True, exist_ok=True)
    plot(read()).savefig(PICTURES / 'curves.png', dpi=75)
    for name in SETS:
        of = [storage.read(store(name, recipe, row, 0))[0]['images'] for recipe, row, _ in compared()]
        viz.save(viz.stack([viz.grid(images, ncol=25) for images in of], pad=12), PICTURES / f'{name}.png')


def plot(result):
    """A matplotlib figure: the Fréchet distance as a multiple of its baseline by time, with a line for each seed.

    Time is that of one core, the steps multiplied by the time of a step.
    """
    figure = Figure(figsize=(12, 3.6), layout='constrained')
    for axes, name in zip(figure.subplots(1, len(SETS)), SETS):
        baseline = result['baselines'][name]['frechet']
        for colour, (recipe, row, _) in enumerate(compared()):
            for run in result['compared']:
                if (run['recipe'], run['row'], run['task']) == (recipe, row, name):
                    seconds = result['milliseconds'][name][recipe] / 1000
                    points = [*run['curve'], [run['steps'], run['scores']['frechet']]]
                    axes.plot([step * seconds for step, _ in points], [value / baseline for _, value in points],
                              color=f'C{colour}', linewidth=1, label=f'{recipe} ({row})' if run['seed'] == 0 else None)
        axes.set_yscale('log')
        axes.set_title(name, fontsize='medium')
        axes.set_xlabel('seconds of one core')
    figure.axes[0].set_ylabel('Fréchet distance / baseline')
    figure.axes[0].legend(fontsize='x-small', frameon=False)
    return figure


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('part', choices=('times', 'search', 'compare'))
    options = parser.parse_args()
    {'times': times, 'search': search, 'compare': compare}[options.part]()


if __name__ == '__main__':
    main()
