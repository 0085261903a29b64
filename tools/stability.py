"""At which learning rates do trainings end with digits? python tools/stability.py

Each recipe trains with 20 pairs of learning rates and each of `SEEDS` on the 4,500 digits that ship with the package,
which takes about twenty minutes of two cores. A training ends with digits if the Fréchet distance of its
images to real digits is below `BOUND`, in the features of a LeNet, and the mean class probabilities have an entropy
above `ENTROPY`; ln 10 is 2.30. At a distance of 20 most images are legible. The results are ``results/stability.json``
and ``docs/recipes/stability.png``.
"""
import trials
from matplotlib.figure import Figure
from trials import ROOT

from gluon_gan.support import storage

RESULT, FIGURE, PARTS = (ROOT / 'results' / 'stability.json', ROOT / 'docs' / 'recipes' / 'stability.png',
                         ROOT / 'runs' / 'stability')
STEPS, SEEDS, BOUND, ENTROPY = 500, (0, 1, 2), 20, 2.0
LR_G, LR_D = (1e-5, 1e-4, 1e-3, 1e-2), (1e-5, 5.6e-5, 3.2e-4, 1.8e-3, 1e-2)
NET = dict(ngf=16, ndf=8)
RECIPES = {
    'preset': dict(net=NET),
    'lazy R1': dict(net=dict(NET, norm='none'), init='he',
                    trainer=dict(beta1=0.0, penalty='r1', penalty_every=16, gamma=1.0)),
    'R3GAN': dict(net=dict(NET, norm='none'), init='he',
                  trainer=dict(beta1=0.0, loss='relativistic', penalty='r1r2', gamma=1.0)),
}


def jobs():
    """list of (key, arguments of trials.train): the key is (recipe, lrG, lrD, seed)."""
    return [((recipe, lrG, lrD, seed),
             ('5,000 digits', dict(setting, trainer=dict(setting.get('trainer', {}), lrG=lrG, lrD=lrD)), seed, STEPS,
              PARTS / f'{number}-{lrG:g}-{lrD:g}-{seed}.npz', 1))
            for seed in SEEDS for number, (recipe, setting) in enumerate(RECIPES.items())
            for lrG in LR_G for lrD in LR_D]


def digits(scores):
    """Whether a training ended with digits, from its scores."""
    return scores['frechet'] is not None and scores['frechet'] < BOUND and scores['entropy'] > ENTROPY


def plot(runs):
    """A matplotlib figure: for each recipe, how many of the seeds ended with digits, by learning rate."""
    figure = Figure(figsize=(3.6 * len(RECIPES), 3.4), layout='constrained')
    for axes, recipe in zip(figure.subplots(1, len(RECIPES), sharey=True), RECIPES):
        of = [run for run in runs if run['recipe'] == recipe]
        table = [[sum(run['digits'] for run in of if (run['lrG'], run['lrD']) == (lrG, lrD)) for lrD in LR_D]
                 for lrG in LR_G]
        axes.imshow(table, cmap='Greens', vmin=0, vmax=len(SEEDS) * 1.4)
        for y, row in enumerate(table):
            for x, count in enumerate(row):
                axes.text(x, y, f'{count}', ha='center', va='center')
        axes.set_xticks(range(len(LR_D)), [f'{lr:g}' for lr in LR_D])
        axes.set_yticks(range(len(LR_G)), [f'{lr:g}' for lr in LR_G])
        axes.set_xlabel('learning rate of D')
        share = sum(run['digits'] for run in of) / len(of)
        axes.set_title(f'{recipe}: {share:.0%}', fontsize='medium')
    figure.axes[0].set_ylabel('learning rate of G')
    return figure


def main():
    listed = jobs()
    trials.run_all([job for _, job in listed])
    runs = []
    for (recipe, lrG, lrD, seed), job in listed:
        scores = storage.read_meta(job[trials.STORE])['scores']
        runs.append(dict(recipe=recipe, lrG=lrG, lrD=lrD, seed=seed, digits=bool(digits(scores)), **scores))
    shares = {recipe: sum(run['digits'] for run in runs if run['recipe'] == recipe) / (len(runs) // len(RECIPES))
              for recipe in RECIPES}
    trials.write_result(RESULT, dict(command='python tools/stability.py', steps=STEPS, bound=BOUND, entropy=ENTROPY,
                                     **NET, shares=shares, runs=runs))
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    plot(runs).savefig(FIGURE, dpi=75)
    for recipe, share in shares.items():
        print(f'{recipe}: {share:.0%} end with digits')


if __name__ == '__main__':
    main()
