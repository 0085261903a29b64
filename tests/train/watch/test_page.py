"""The page of a run: one valid file, with all text escaped and long series thinned, even from a damaged folder."""
import base64
import io
import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train.watch import page

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VOID = {'meta', 'input', 'img', 'br', 'link', 'hr'}


class Reader(HTMLParser):
    """Checks that tags are nested correctly, and collects the tags, attributes, text and data of a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.scripts = [], [], '', []
        self.feed(text)
        self.close()
        assert not self.open
        self.data = json.loads(self.scripts[0])

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == 'script':
            self.scripts.append('')
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if self.open and self.open[-1] == 'script':
            self.scripts[-1] += text
        else:
            self.text += text


def grid(step, folder, size=(60, 60), mode='L'):
    """Save a grid of noise, which PNG cannot compress."""
    shape = size[::-1] + ((3,) if mode == 'RGB' else ())
    pixels = np.random.default_rng(step).integers(0, 256, shape, dtype=np.uint8)
    gg.viz.save(Image.fromarray(pixels, mode), folder / 'samples' / f'step-{step:07d}.png')


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / 'digits'
    folder.mkdir()
    (folder / 'config.json').write_text(json.dumps({
        'preset': 'mnist', 'data_name': 'mnist train (60,000 digits)', 'stand_in': False, 'epochs': 4, 'steps': None,
        'lr': 2e-4, 'loss': 'nonsaturating', 'command': 'gluon-gan train --epochs 4'}))
    records = [{'step': 25 * i, 'epoch': i / 10, 'errD': 1.0 + i, 'errG': 2.0, 'D(x)': 0.7, 'D(G(z))': 0.3,
                'gradG': 3.0, 'gradD': 0.5, 'diversity': 0.4, 'images/s': 800.0} for i in range(1, 21)]
    records[0].update(diversity_data=0.7, saturated_data=0.8)
    (folder / 'history.jsonl').write_text(''.join(json.dumps(record) + '\n' for record in records))
    alarm = {'step': 75, 'name': 'collapse', 'message': 'all alike', 'remedy': 'go back'}
    (folder / 'alarms.jsonl').write_text(json.dumps(alarm) + '\n')
    for step in (0, 250, 500):
        grid(step, folder)
    return folder


def read(folder, **options):
    path = page.write(folder, **options)
    assert path == folder / 'index.html' and not list(folder.glob('*.tmp'))
    return Reader(path.read_text(encoding='utf-8'))


def test_contents(run):
    seen = read(run)
    for words in ('digits', 'mnist train (60,000 digits)', 'Ended: step 500, about 50% of 4 epochs',
                  'collapse, step 75', 'all alike.', 'What to do: go back.', 'gluon-gan train --epochs 4', '0.0002'):
        assert words in seen.text
    assert 'stand-in' not in seen.text
    charts = {chart['title']: chart for chart in seen.data['charts']}
    assert [line['values'][1] for line in charts['Losses']['series']] == [3.0, 2.0]
    assert [(level['text'], level['value']) for level in charts['Losses']['levels']] == [
        ('errD at equilibrium: 2 ln 2', pytest.approx(2 * np.log(2))),
        ('errG at equilibrium: ln 2', pytest.approx(np.log(2)))]
    assert [level['value'] for level in charts['Diversity of the images']['levels']] == [0.7]
    assert {'Gradient norms', 'Images per second', 'Probability of being real, according to D'} < set(charts)
    assert seen.data['steps'] == [25 * i for i in range(1, 21)] and seen.data['alarms'] == [75]


def test_the_images_are_those_in_the_folder(run):
    seen = read(run)
    last, = (attributes['src'] for tag, attributes in seen.tags if tag == 'img')
    sources = [entry.get('src', last) for entry in seen.data['grids']]
    assert [entry['step'] for entry in seen.data['grids']] == [0, 250, 500]
    for source, path in zip(sources, sorted((run / 'samples').iterdir())):
        assert base64.b64decode(source.removeprefix('data:image/png;base64,')) == path.read_bytes()


def test_nothing_is_loaded_from_elsewhere(run):
    text = page.write(run).read_text()
    assert not re.search(r'(src|href)="(?!data:)', text) and '@import' not in text and 'url(' not in text
    assert "default-src 'none'" in text
    # Only the namespace of SVG, which is not loaded.
    assert re.findall(r'https?://[^\s\'"]+', text) == ['http://www.w3.org/2000/svg']


def test_the_page_is_accessible(run):
    seen = read(run)
    ids = {attributes['id'] for _, attributes in seen.tags if 'id' in attributes}
    labels = {attributes['for'] for tag, attributes in seen.tags if tag == 'label' and 'for' in attributes}
    assert {'slider', 'progress'} <= labels <= ids
    assert {attributes['aria-labelledby'] for tag, attributes in seen.tags if tag == 'section'} <= ids
    assert all(attributes['alt'] for tag, attributes in seen.tags if tag == 'img')
    assert ('html', {'lang': 'en'}) in seen.tags


NASTY = '</title><script>alert("1")</script>&{{json}}'


def test_all_text_is_escaped(run):
    config = json.loads((run / 'config.json').read_text())
    config.update(data_name=NASTY, command=NASTY, stand_in=True, **{NASTY: NASTY})
    (run / 'config.json').write_text(json.dumps(config))
    (run / 'alarms.jsonl').write_text(json.dumps({'step': 75, 'name': NASTY, 'message': NASTY, 'remedy': NASTY}) + '\n')
    nasty = run.with_name('<script>alert(1)<!--&{{json}}')
    run.rename(nasty)
    seen = read(nasty)
    assert len(seen.scripts) == 2                     # the data and the code
    assert seen.text.count(NASTY) == 7 and nasty.name in seen.text
    assert 'a stand-in for the real data' in seen.text


def test_text_in_the_history_cannot_end_the_script(run):
    with open(run / 'history.jsonl', 'a') as file:
        file.write(json.dumps({'step': 525, 'errD': '</script><script>'}) + '\n')
    assert len(read(run).scripts) == 2


def test_curves_and_images_are_thinned_evenly(run):
    records = [{'step': step, 'errD': 1.0, 'errG': 2.0, 'gradG': 1.0} for step in range(1, 5001)]
    (run / 'history.jsonl').write_text(''.join(json.dumps(record) + '\n' for record in records))
    for step in range(0, 2000, 10):
        grid(step, run)
    seen = read(run)
    steps, shown = seen.data['steps'], [entry['step'] for entry in seen.data['grids']]
    assert len(steps) == 1000 and (steps[0], steps[-1]) == (1, 5000) and set(np.diff(steps)) <= {5, 6}
    assert len(shown) == 60 and (shown[0], shown[-1]) == (0, 1990) and set(np.diff(shown)) <= {30, 40}


def test_a_page_with_large_images_stays_within_a_few_megabytes(run):
    for step in range(0, 1000, 50):
        grid(step, run, (500, 500), 'RGB')            # 750 kB each, uncompressible
    path = page.write(run)
    seen = Reader(path.read_text())
    assert path.stat().st_size < 6_500_000 and 10 < len(seen.data['grids']) < 22
    with Image.open(io.BytesIO(base64.b64decode(seen.data['grids'][0]['src'].partition(',')[2]))) as small:
        assert small.size == (500, 500) and small.mode == 'P'


def test_a_training_in_progress(run):
    seen = read(run, running=True)
    assert 'Training: step 500' in seen.text and seen.data['running'] is True


def test_a_diverged_training(run):
    (run / 'alarms.jsonl').write_text('{"step": 80, "name": "NaN or Inf", "message": "", "remedy": ""}\n')
    assert 'Diverged: step 500' in read(run).text


def test_an_empty_run(run):
    for name in ('history.jsonl', 'alarms.jsonl'):
        (run / name).unlink()
    for path in (run / 'samples').iterdir():
        path.unlink()
    (run / 'config.json').write_text('{}')
    seen = read(run)
    assert seen.data['charts'] == seen.data['grids'] == seen.data['steps'] == []
    for words in ('There are no images yet', 'Ended: step 0, about 0% of an unknown goal', 'None.'):
        assert words in seen.text


def test_invalid_values_are_omitted(run):
    (run / 'history.jsonl').write_text(
        '[]\n7\n{"errD": 1}\n{"step": "x"}\n{"step": 50, "errD": NaN, "errG": "x", "gradG": null, "D(x)": 0.5}\n'
        '{"step": 75, "errD": 1, "errG": Infinity}\n{"step": 100, "er')
    config = json.loads((run / 'config.json').read_text())
    (run / 'config.json').write_text(json.dumps(dict(config, loss='unknown', epochs='many')))
    (run / 'samples' / 'step-0000100.png').write_bytes(b'\x89PNG half')
    (run / 'samples' / 'step-final.png').write_bytes(b'')
    seen = read(run)
    losses = seen.data['charts'][0]
    assert seen.data['steps'] == [50, 75] and [line['values'] for line in losses['series']] == [[None, 1], [None, None]]
    assert losses['levels'] == [] and [entry['step'] for entry in seen.data['grids']] == [0, 250, 500]


@pytest.mark.parametrize('text, message', [
    (None, 'is not the folder of a run'), ('{', 'it is not JSON'), ('[]', 'it contains no settings')])
def test_a_folder_that_is_not_a_run(run, text, message):
    (run / 'config.json').unlink()
    if text:
        (run / 'config.json').write_text(text)
    with pytest.raises(storage.StorageError, match=message):
        page.write(run)
    assert not (run / 'index.html').exists()


def test_the_error_about_a_damaged_history_names_the_line_and_the_page_is_kept(run):
    before = page.write(run).read_bytes()
    (run / 'history.jsonl').write_text('{"step": 1}\nrubbish\n{"step": 3}\n')
    with pytest.raises(ValueError, match='history.jsonl, line 2 is not JSON'):
        page.write(run)
    assert (run / 'index.html').read_bytes() == before


def test_the_template_ships_with_the_package():
    project = tomllib.loads((page.TEMPLATE.parents[3] / 'pyproject.toml').read_text())
    assert 'train/watch/page.html' in project['tool']['setuptools']['package-data']['gluon_gan']
