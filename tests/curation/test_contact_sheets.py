"""Contact sheets: which ones are written, and what they show."""
import numpy as np
import pytest
from PIL import Image

from gluon_gan.curation import contact_sheets, curate
from helpers.redness import Redness, fill, image


def test_contact_sheets_are_images(tmp_path):
    for path in curate(fill(tmp_path / 'src'), tmp_path / 'dst', Redness()).sheets:
        with Image.open(path) as sheet:
            sheet.load()
            assert sheet.mode == 'RGB' and sheet.height > 96 and sheet.width > 96
            assert len(np.unique(np.asarray(sheet).reshape(-1, 3), axis=0)) > 100


@pytest.fixture
def rows(tmp_path):
    found = []
    for number in range(12):
        image(number * 20, number).save(tmp_path / f'{number:02}.png')
        found.append({'path': f'{number:02}.png', 'decision': 'kept', 'score': number / 12, 'of': None, 'reason': None})
    return found


def test_an_empty_sheet_is_not_written_and_an_old_one_is_removed(tmp_path, rows):
    (tmp_path / 'refused.png').write_text('old')
    written = contact_sheets.write_sheets(tmp_path, tmp_path, rows, 0.0)
    assert [path.name for path in written] == ['kept.png', 'close.png']
    assert not (tmp_path / 'refused.png').exists() and not (tmp_path / 'duplicates.png').exists()


def test_the_close_sheet_shows_the_scores_nearest_to_the_threshold(tmp_path, rows, monkeypatch):
    captions = {}
    monkeypatch.setattr(contact_sheets, 'MOST', 3)
    monkeypatch.setattr(contact_sheets, '_sheet', lambda src, shown: shown)
    monkeypatch.setattr(contact_sheets.viz, 'save', lambda shown, path: captions.setdefault(path.name, shown))
    rows[4]['decision'] = 'refused'
    contact_sheets.write_sheets(tmp_path, tmp_path, rows, 0.4)
    assert captions['close.png'] == [('06.png', '0.500'), ('05.png', '0.417'), ('04.png', '- 0.333')]
    assert captions['refused.png'] == [('04.png', '- 0.333')]


def test_a_removed_image_is_shown_grey(tmp_path):
    assert (contact_sheets._thumbnail(tmp_path / 'missing.png') == 128).all()
