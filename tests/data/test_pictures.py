"""Picture files of every bad kind: read rightly, or refused in a line."""
import io

import numpy as np
import pytest
from gluon_gan.data import pictures
from PIL import Image, ImageFile

RAMP = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None], 48, axis=0)        # (48, 64), dark on the left


def save(image, format='png', **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def colours(size=(64, 48)):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


@pytest.mark.parametrize('image', [
    Image.fromarray(RAMP), Image.fromarray(RAMP.astype(np.uint16) * 257), Image.fromarray(RAMP.astype(np.int32) * 257)],
    ids=['8 bits', '16 bits', '32 bits that hold 16'])
def test_grey_of_any_depth_is_the_same_picture(image):
    read = pictures.read(save(image, 'tiff'))
    assert read.mode == 'RGB'
    assert (np.asarray(read) == RAMP[..., None]).all()


def test_colours_come_back():
    assert (np.asarray(pictures.read(save(colours()))) == np.asarray(colours())).all()


def test_cmyk_becomes_the_colour_that_people_see():
    red = Image.new('CMYK', (20, 20), (0, 255, 255, 0))
    pixel = np.asarray(pictures.read(save(red, 'jpeg')))[10, 10]
    assert pixel[0] > 240 and pixel[1] < 15 and pixel[2] < 15


def test_what_is_transparent_is_white():
    hidden = Image.new('RGBA', (8, 8), (200, 0, 0, 0))
    assert (np.asarray(pictures.read(save(hidden))) == 255).all()
    palette = Image.new('P', (8, 8), 0)
    palette.putpalette([200, 0, 0])
    assert (np.asarray(pictures.read(save(palette, 'gif', transparency=0))) == 255).all()


def test_an_animation_is_its_first_frame():
    frames = [Image.new('RGB', (8, 8), colour) for colour in ('red', 'blue')]
    read = np.asarray(pictures.read(save(frames[0], 'gif', save_all=True, append_images=frames[1:])))
    assert (read == [255, 0, 0]).all()


def test_a_photograph_stands_upright():
    exif = Image.Exif()
    exif[0x112] = 6                                 # the camera was turned: rotate by 90 degrees clockwise
    lying = Image.new('RGB', (64, 32))
    assert pictures.read(save(lying, 'jpeg', exif=exif)).size == (32, 64)


def test_the_cut_off_and_the_false_are_refused():
    whole = save(colours(), 'jpeg')
    for content, said in ((whole[:len(whole) // 2], 'damaged'), (b'dear diary', 'no picture'), (b'', 'no picture'),
                          (save(colours())[:-30], 'damaged'), (b'\x89PNG\r\n\x1a\n' + b'\0' * 64, 'damaged|no picture')):
        with pytest.raises(pictures.BadPicture, match=said):
            pictures.read(content)


def test_cut_off_files_are_refused_whatever_others_have_set(monkeypatch):
    monkeypatch.setattr(ImageFile, 'LOAD_TRUNCATED_IMAGES', True)        # as GluonCV does
    with pytest.raises(pictures.BadPicture, match='damaged'):
        pictures.read(save(colours(), 'jpeg')[:-300])


def test_floats_have_no_range():
    with pytest.raises(pictures.BadPicture, match='floating point'):
        pictures.read(save(Image.fromarray(RAMP.astype(np.float32)), 'tiff'))


def test_a_picture_of_20000_pixels_a_side_is_refused_by_its_header(monkeypatch):
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', None)
    huge = save(Image.new('1', (20000, 20000)))
    monkeypatch.undo()
    assert len(huge) < 100_000
    with pytest.raises(pictures.BadPicture, match='more than 89 million pixels'):
        pictures.read(huge)


@pytest.mark.parametrize('damage', range(40))
def test_no_damage_gets_further_than_a_line(damage):
    """A fuzz: single bytes changed; it reads as a picture, or it is refused."""
    rng = np.random.default_rng(damage)
    content = bytearray(save(colours(), ('png', 'jpeg', 'gif', 'tiff', 'bmp', 'webp')[damage % 6]))
    for place in rng.integers(0, len(content), 20):
        content[place] = rng.integers(256)
    try:
        assert pictures.read(bytes(content)).mode == 'RGB'
    except pictures.BadPicture as error:
        assert '\n' not in str(error)


def test_draft_is_never_smaller_than_asked():
    photo = save(colours((800, 640)), 'jpeg')
    assert pictures.read(photo).size == (800, 640)
    assert 128 <= min(pictures.read(photo, draft=128).size) <= 256


def test_square_takes_the_middle():
    image = Image.fromarray(np.repeat(RAMP[..., None], 3, axis=2))
    assert (pictures.square(image, 48)[..., 0] == RAMP[:, 8:56]).all()
    assert (pictures.square(image, 32, crop=32)[..., 0] == RAMP[:32, 16:48]).all()
    assert pictures.square(image, 16, crop=32).shape == (16, 16, 3)


def test_files_are_found_in_order(tmp_path):
    for name in ('b/2.PNG', 'b/1.jpg', 'a.jpeg', '.hidden/3.png', 'b/.4.png', 'notes.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path) for path in pictures.files(tmp_path)] == ['a.jpeg', 'b/1.jpg', 'b/2.PNG']
