"""Histories of real trainings, healthy and failing, applied to the rules: every failure is found, and nothing else."""
import json
from pathlib import Path

import pytest

from gluon_gan.train.watch.rules import AlarmRules

ROOT = Path(__file__).resolve().parents[3]
DATA = {'diversity_data': 0.747, 'saturated_data': 0.829}            # MNIST
# Short trainings of the preset mnist, with a record every 25 steps. G wins with the learning rates 1e-6 of D and 2e-3
# of G, and D wins with 1e-6 of G. 'healthy', 'one repeated image' and 'G wins' are as the command line trains. The
# others have narrow networks (ngf = ndf = 12) and batches of 32 or 64; the healthy ones among them learn with 5e-4.
HISTORIES = {
    'healthy': {
                'errD': [0.406, 0.282, 0.162, 0.159, 0.291, 0.728, 0.358, 0.442, 0.554, 0.739, 0.477, 0.824, 0.602,
            0.654, 0.425, 0.439],
                'D(x)': [0.836, 0.874, 0.919, 0.907, 0.883, 0.975, 0.762, 0.83, 0.626, 0.902, 0.711, 0.483, 0.727,
            0.617, 0.746, 0.803],
                'D(G(z))': [0.164, 0.126, 0.0697, 0.0509, 0.14, 0.445, 0.0488, 0.199, 0.0415, 0.444, 0.0957, 0.0318,
            0.219, 0.127, 0.104, 0.182],
                'auc': [0.986, 1, 1, 1, 0.999, 0.997, 1, 0.995, 1, 0.99, 1, 1, 0.993, 1, 1, 1],
                'gradG': [19.8, 22.1, 23.4, 16.8, 18.3, 12.5, 16.3, 13, 5.99, 9.38, 10.3, 4.52, 11.9, 8.27, 11.4,
            9.72],
                'diversity': [0.187, 0.219, 0.274, 0.358, 0.429, 0.506, 0.528, 0.583, 0.616, 0.629, 0.652, 0.628,
            0.609, 0.62, 0.654, 0.674],
    },
    'one repeated image': {
                'errD': [0.163, 0.0398, 0.0379, 0.0288, 0.0315, 0.289, 0.165, 0.0826, 0.0656, 0.0582],
                'D(x)': [0.981, 0.993, 0.994, 0.991, 0.99, 0.998, 0.936, 0.965, 0.97, 0.975],
                'D(G(z))': [0.132, 0.0323, 0.031, 0.0197, 0.0212, 0.246, 0.094, 0.0454, 0.0343, 0.032],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [17.1, 15.5, 15.5, 13.3, 13.7, 17.4, 17.6, 16.3, 14.1, 13.7],
                'diversity': [0.165, 0.145, 0.143, 0.147, 0.136, 0.124, 0.113, 0.104, 0.099, 0.0972],
    },
    'G wins': {
                'errD': [6.78, 7.27, 7.47, 7.64, 7.85],
                'D(x)': [0.524, 0.56, 0.585, 0.59, 0.597],
                'D(G(z))': [0.998, 0.999, 0.999, 0.999, 0.999],
                'auc': [0, 0, 0, 0, 0],
                'gradG': [0.0146, 0.00764, 0.00519, 0.00428, 0.00375],
                'diversity': [0.0769, 0.0733, 0.0703, 0.0696, 0.0707],
    },
    'G wins under minimax': {
                'errD': [5.54, 7.03, 7.91, 8.25, 8.3],
                'D(x)': [0.55, 0.539, 0.541, 0.556, 0.583],
                'D(G(z))': [0.991, 0.998, 0.999, 0.999, 1],
                'auc': [0, 0, 0, 0, 0],
                'gradG': [17.6, 29.1, 18.7, 13.8, 35.8],
                'diversity': [0.0331, 0.0282, 0.0265, 0.0261, 0.0247],
    },
    'G wins under least_squares': {
                'errD': [0.877, 0.889, 0.92, 0.861, 0.768],
                'D(x)': [0.261, 0.223, 0.247, 0.273, 0.356],
                'D(G(z))': [0.963, 0.973, 0.987, 0.995, 0.994],
                'auc': [0, 0.00586, 0, 0, 0.000977],
                'gradG': [0.306, 0.163, 0.131, 0.158, 0.111],
                'diversity': [0.0538, 0.0483, 0.045, 0.043, 0.0409],
    },
    'G wins under hinge': {
                'errD': [6.45, 8.17, 8.96, 9.3, 9.55],
                'D(x)': [0.552, 0.543, 0.548, 0.565, 0.595],
                'D(G(z))': [0.989, 0.998, 0.999, 0.999, 1],
                'auc': [0, 0, 0, 0, 0],
                'gradG': [21.6, 16.2, 20.5, 22.7, 15.4],
                'diversity': [0.0312, 0.0292, 0.0268, 0.026, 0.0246],
    },
    'G wins under wasserstein': {
                'errD': [1.82, 2.43, 2.71, 2.84, 2.9],
                'D(x)': [0.501, 0.513, 0.513, 0.519, 0.521],
                'D(G(z))': [0.858, 0.921, 0.94, 0.948, 0.951],
                'auc': [0, 0, 0, 0, 0],
                'gradG': [2.33, 3.6, 3.72, 2.17, 1.99],
                'diversity': [0.0588, 0.0669, 0.0643, 0.0615, 0.0589],
    },
    'healthy under hinge': {
                'errD': [0.00857, 0.0588, 0.00563, 0.104, 0, 0, 0.00534, 0.00145, 0.0199, 0.246],
                'D(x)': [0.824, 0.902, 0.842, 0.955, 0.914, 0.894, 0.9, 0.853, 0.83, 0.726],
                'D(G(z))': [0.165, 0.21, 0.0761, 0.223, 0.134, 0.148, 0.119, 0.138, 0.0893, 0.0239],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [22.2, 15.4, 13.5, 16.1, 14.3, 16, 15.9, 12.4, 12.2, 15.4],
                'diversity': [0.0932, 0.142, 0.195, 0.19, 0.171, 0.194, 0.301, 0.312, 0.35, 0.392],
    },
    'healthy under least_squares': {
                'errD': [0.0337, 0.0166, 0.0441, 0.0131, 0.0217, 0.0242, 0.00563, 0.00717, 0.0115, 0.341],
                'D(x)': [0.893, 0.951, 0.995, 0.909, 0.997, 0.853, 0.972, 0.961, 0.958, 1],
                'D(G(z))': [0.0487, 0.0614, 0.202, 0.0114, 0.122, 4.64e-05, 0.0235, 0.0572, 0.0294, 0.708],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [12.4, 7.98, 5.64, 3.41, 3.4, 2.99, 4.14, 3.77, 3.42, 3.74],
                'diversity': [0.0747, 0.0747, 0.107, 0.136, 0.155, 0.168, 0.202, 0.238, 0.29, 0.323],
    },
    'healthy under wasserstein': {
                'errD': [-7.46, -8.4, -9.09, -9.49, -6.31, -7.01, -9.84, -10.2, -10.2, -10.7],
                'D(x)': [0.976, 0.986, 0.99, 0.992, 0.988, 0.879, 0.992, 0.994, 0.992, 0.995],
                'D(G(z))': [0.0242, 0.0176, 0.0126, 0.01, 0.188, 0.00951, 0.00701, 0.00646, 0.00571, 0.00486],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [0.758, 3.89, 1.32, 1, 3.9, 0.563, 0.785, 0.487, 0.554, 0.519],
                'diversity': [0.115, 0.2, 0.293, 0.356, 0.363, 0.0873, 0.133, 0.214, 0.291, 0.309],
    },
    'D wins under hinge': {
                'errD': [0.00104, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                'D(x)': [0.834, 0.848, 0.852, 0.856, 0.875, 0.868, 0.875, 0.872, 0.865, 0.866, 0.879, 0.882, 0.886,
            0.884, 0.877, 0.878, 0.872, 0.875, 0.883, 0.875, 0.88],
                'D(G(z))': [0.171, 0.159, 0.14, 0.14, 0.142, 0.132, 0.138, 0.124, 0.121, 0.124, 0.148, 0.138, 0.135,
            0.133, 0.141, 0.134, 0.128, 0.123, 0.134, 0.121, 0.135],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [21.4, 23, 23.4, 24.6, 24, 27.4, 25.6, 27.7, 25.3, 24.2, 28.1, 28.5, 28.2, 30.1, 28.1, 29.5,
            29.8, 30.1, 30.1, 30.8, 32],
                'diversity': [0.0928, 0.0929, 0.0931, 0.0932, 0.0934, 0.0935, 0.0936, 0.0938, 0.0939, 0.094, 0.0942,
            0.0943, 0.0944, 0.0946, 0.0947, 0.0948, 0.0949, 0.095, 0.0951, 0.0952, 0.0954],
    },
    'D wins against smooth labels': {
                'errD': [0.382, 0.341, 0.334, 0.331, 0.329, 0.329, 0.328, 0.328, 0.327, 0.327, 0.327, 0.327],
                'D(x)': [0.879, 0.895, 0.895, 0.898, 0.901, 0.894, 0.904, 0.903, 0.894, 0.899, 0.899, 0.902],
                'D(G(z))': [0.0456, 0.0127, 0.00645, 0.00432, 0.00317, 0.00238, 0.00183, 0.00155, 0.00127, 0.00109,
            0.000964, 0.000813],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [26.1, 26.1, 24.2, 25.9, 25, 25.1, 23.5, 24.7, 23, 24.3, 23.7, 23],
                'diversity': [0.0929, 0.0931, 0.0934, 0.0936, 0.0938, 0.0941, 0.0943, 0.0945, 0.0947, 0.0949, 0.0952,
            0.0954],
    },
    'D wins under least_squares': {
                'errD': [0.0344, 0.0305, 0.0168, 0.0114, 0.0134, 0.0127, 0.008, 0.00574, 0.00748, 0.00596, 0.00465,
            0.00399, 0.00455, 0.00303, 0.00441, 0.00461, 0.00397, 0.00417, 0.00205, 0.00214, 0.00123],
                'D(x)': [0.927, 0.944, 0.942, 0.951, 0.984, 0.952, 0.958, 0.973, 0.973, 0.986, 0.982, 0.964, 0.983,
            0.987, 0.946, 0.957, 0.972, 0.945, 0.983, 0.991, 0.979],
                'D(G(z))': [0.129, 0.0991, 0.0373, 0.0444, 0.0498, 0.0661, 0.0339, 0.0364, 0.0122, 0.0171, 0.0365,
            0.0143, 0.0401, 0.00613, 0.00831, 0.00242, 0.0146, 0.0105, 0.023, 0.0129, 0.0169],
                'auc': [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                'gradG': [12.5, 12.9, 11.7, 10.2, 9.91, 9.83, 9.08, 8.44, 6.96, 6.51, 7.06, 6.98, 6.28, 6.46, 5.35,
            5.56, 5.67, 5.69, 5.41, 5.08, 4.89],
                'diversity': [0.0927, 0.0927, 0.0927, 0.0927, 0.0927, 0.0927, 0.0927, 0.0927, 0.0927, 0.0928, 0.0928,
            0.0928, 0.0928, 0.0928, 0.0928, 0.0928, 0.0929, 0.0929, 0.0929, 0.0929, 0.093],
    },
}


def history(name, more=0):
    """The records of a training. The last one is repeated ``more`` times."""
    columns = HISTORIES[name]
    rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
    rows += rows[-1:] * more
    return [dict(row, step=25 * number) for number, row in enumerate(rows, 1)]


def alarms(records, data=DATA, loss='nonsaturating', **options):
    check = AlarmRules(loss, **options)
    records = [dict(records[0], **data), *records[1:]]
    return [(record['step'], name) for record in records for name, *_ in check(record)]


@pytest.mark.parametrize('loss', ['nonsaturating', 'hinge', 'least_squares', 'wasserstein'])
def test_healthy_trainings(loss):
    name = 'healthy' if loss == 'nonsaturating' else f'healthy under {loss}'
    assert alarms(history(name), loss=loss) == []


@pytest.mark.parametrize('loss', ['nonsaturating', 'minimax', 'least_squares', 'hinge', 'wasserstein'])
def test_g_has_won_from_the_first_step(loss):
    name = 'G wins' if loss == 'nonsaturating' else f'G wins under {loss}'
    assert alarms(history(name), loss=loss) == [(100, 'G has won')]
    assert alarms(history(name, more=20), loss=loss) == [(100, 'G has won'), (475, 'collapse')]


def test_g_has_won_after_a_healthy_beginning_is_not_taken_for_d_has_won():
    records = history('healthy') + history('G wins', more=4)
    records = [dict(record, step=25 * number) for number, record in enumerate(records, 1)]
    names = [name for _, name in alarms(records)]
    assert 'G has won' in names and 'D has won' not in names


def test_g_has_won_needs_no_ranking():
    """Histories of earlier versions have no auc."""
    records = [{key: value for key, value in record.items() if key != 'auc'} for record in history('G wins')]
    assert alarms(records) == [(100, 'G has won')]


@pytest.mark.parametrize('record, loss', [
    ({'errD': -0.2, 'D(x)': 0.99, 'D(G(z))': 0.98, 'auc': 0.7}, 'wasserstein'),       # D's output has no fixed origin
    ({'errD': 1.41, 'D(x)': 0.5, 'D(G(z))': 0.51, 'auc': 0.0}, 'nonsaturating'),      # one image of each in a batch
    ({'errD': 1.38, 'D(x)': 0.5, 'D(G(z))': 0.5, 'auc': 0.5}, 'nonsaturating')])      # the equilibrium
def test_g_has_not_won(record, loss):
    records = [dict(record, step=25 * number, diversity=0.7) for number in range(1, 41)]
    assert alarms(records, loss=loss) == []


def test_d_has_won_from_the_first_step_under_hinge():
    assert alarms(history('D wins under hinge'), loss='hinge') == [(475, 'collapse'), (500, 'D has won')]


def test_d_has_won_against_smooth_labels():
    """The minimum of its loss is the entropy of the labels, 0.325."""
    assert (600, 'D has won') in alarms(history('D wins against smooth labels', more=20), real_label=0.9)


def test_a_generator_that_never_learns_is_found_where_ds_loss_does_not_show_it():
    assert alarms(history('D wins under least_squares'), loss='least_squares') == [(475, 'collapse')]


@pytest.mark.parametrize('loss, options, names', [
    ('nonsaturating', {}, ['D has won']), ('nonsaturating', {'feature_weight': 1}, []),
    ('least_squares', {}, ['D has won']), ('hinge', {}, ['D has won']), ('wasserstein', {}, [])])
def test_errd_near_its_minimum_for_long(loss, options, names):
    check = AlarmRules(loss, **options)
    assert [name for _ in range(40) for name, *_ in check({'errD': 0.001})] == names


def test_data_of_one_repeated_image_do_not_raise_collapse():
    data = {'diversity_data': 0.0, 'saturated_data': 0.792}
    records = history('one repeated image', more=20)
    assert alarms(records, data) == []
    assert alarms([dict(record, diversity=min(record['diversity'], 0.001)) for record in records], data) == []
    assert (25 * 19, 'collapse') in alarms(records, DATA)


def test_slow_training_is_not_a_collapse_while_the_diversity_rises():
    records = [{'step': 25 * number, 'diversity': 0.08 * 1.04 ** number} for number in range(1, 61)]
    assert alarms(records) == []
    assert alarms([dict(record, diversity=0.2) for record in records]) == [(475, 'collapse')]


def test_frequent_records_do_not_shorten_the_patience():
    assert alarms([{'step': step, 'diversity': 0.2} for step in range(1, 400)]) == []


@pytest.mark.parametrize('name', ['celeba', 'mnist', 'quilts', 'synthetic-faces', 'translate/red-teal'])
def test_the_pretrained_networks_had_no_alarm(name):
    card = json.loads((ROOT / 'gluon_gan' / 'zoo' / 'weights' / f'{name}.json').read_text())
    assert len(card['history']) > 100
    assert alarms(card['history'], {}, card['loss'], real_label=card.get('real_label', 1.0)) == []


def test_the_trainings_of_lesson_05():
    """Only features matched pair by pair, and nothing else, made the images alike. Distances there are not means."""
    text = (ROOT / 'notebooks' / 'histories' / 'why_training_fails.json').read_text()
    card, found = json.loads(text), {}
    for run in card['runs']:
        columns, settings = run['history'], run['settings']
        records = [{'step': 25 * number, 'errD': errD, 'D(x)': real, 'D(G(z))': fake, 'diversity': distance / 28}
                   for number, (errD, real, fake, distance)
                   in enumerate(zip(*(columns[key] for key in ('errD', 'D(x)', 'D(G(z))', 'diversity'))), 1)]
        loss = settings.get('loss', 'nonsaturating')
        weight = settings.get('feature_weight', float(loss == 'feature_matching'))
        found[run['name'], run['seed']] = alarms(records, {'diversity_data': card['diversity'] / 28}, loss,
                                                 feature_weight=weight, real_label=settings.get('real_label', 1.0))
    assert {key: value for key, value in found.items() if value} == {
        ('pairs_alone', seed): [(475, 'collapse')] for seed in range(3)}
