"""The contact sheet of a translation, from the strips of its epochs."""
from PIL import Image

from gluon_gan.translate.sheet import contact_sheet


def test_an_unreadable_strip_is_left_out(tmp_path, caplog):
    assert contact_sheet(tmp_path) is None
    for side in 'xy':
        (tmp_path / side).mkdir()
        for number in (1, 2, 3):
            Image.new('RGB', (16, 8)).save(tmp_path / side / f'{number:04d}.png')
    whole = contact_sheet(tmp_path)
    broken = tmp_path / 'y' / '0002.png'
    broken.write_bytes(broken.read_bytes()[:20])
    sheet = contact_sheet(tmp_path)
    assert sheet.height < whole.height and f'{broken} cannot be read and is left out of the sheet' in caplog.text
    for path in tmp_path.glob('x/*.png'):
        path.write_bytes(b'')
    assert contact_sheet(tmp_path) is None
