"""Image files of all kinds, good and bad: read correctly, or refused with a message of one line."""
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from gluon_gan.data import image_files

RAMP = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None], 48, axis=0)        # (48, 64), dark on the left


def save(image, format='png', **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def colours(size=(64, 48)):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


@pytest.mark.parametrize('image', [
    Image.fromarray(RAMP), Image.fromarray(RAMP.astype(np.uint16) * 257), Image.fromarray(RAMP.astype(np.int32) * 257)],
    ids=['8 bits', '16 bits', '16 bits in 32'])
def test_grey_of_any_depth_gives_the_same_image(image):
    read = image_files.read(save(image, 'tiff'))
    assert read.mode == 'RGB'
    assert (np.asarray(read) == RAMP[..., None]).all()


def test_a_png_is_read_unchanged():
    assert (np.asarray(image_files.read(save(colours()))) == np.asarray(colours())).all()


def test_cmyk_is_converted_to_rgb():
    red = Image.new('CMYK', (20, 20), (0, 255, 255, 0))
    pixel = np.asarray(image_files.read(save(red, 'jpeg')))[10, 10]
    assert pixel[0] > 240 and pixel[1] < 15 and pixel[2] < 15


def test_transparency_is_composited_on_white():
    hidden = Image.new('RGBA', (8, 8), (200, 0, 0, 0))
    assert (np.asarray(image_files.read(save(hidden))) == 255).all()
    palette = Image.new('P', (8, 8), 0)
    palette.putpalette([200, 0, 0])
    assert (np.asarray(image_files.read(save(palette, 'gif', transparency=0))) == 255).all()


def test_the_first_frame_of_an_animation_is_read():
    frames = [Image.new('RGB', (8, 8), colour) for colour in ('red', 'blue')]
    read = np.asarray(image_files.read(save(frames[0], 'gif', save_all=True, append_images=frames[1:])))
    assert (read == [255, 0, 0]).all()


def test_a_photograph_is_rotated_according_to_exif():
    exif = Image.Exif()
    exif[0x112] = 6                                 # rotate by 90 degrees clockwise
    landscape = Image.new('RGB', (64, 32))
    assert image_files.read(save(landscape, 'jpeg', exif=exif)).size == (32, 64)


def test_truncated_files_and_other_files_are_refused():
    jpeg, png_header = save(colours(), 'jpeg'), b'\x89PNG\r\n\x1a\n'
    for content, message in (
            (jpeg[:len(jpeg) // 2], 'damaged'), (b'dear diary', 'not a readable image'), (b'', 'not a readable image'),
            (save(colours())[:-30], 'damaged'), (png_header + b'\0' * 64, 'damaged|not a readable image')):
        with pytest.raises(image_files.UnusableImage, match=message):
            image_files.read(content)


def test_truncated_files_are_refused_whatever_another_library_has_set(monkeypatch):
    monkeypatch.setattr(ImageFile, 'LOAD_TRUNCATED_IMAGES', True)        # as GluonCV does
    with pytest.raises(image_files.UnusableImage, match='damaged'):
        image_files.read(save(colours(), 'jpeg')[:-300])


@pytest.mark.parametrize('suffix, format', [('.avif', 'avif'), ('.jp2', 'jpeg2000')])
def test_formats_that_pillow_may_read(suffix, format):
    try:
        content = save(Image.new('RGB', (32, 32), (200, 0, 0)), format)
    except (KeyError, OSError, ValueError):
        assert not image_files.is_image('x' + suffix)       # this build of Pillow cannot read it
        return
    assert image_files.is_image('x' + suffix.upper())
    assert np.abs(np.asarray(image_files.read(content))[16, 16].astype(int) - [200, 0, 0]).max() < 12


def test_formats_of_a_plugin_are_read_once_it_is_registered(monkeypatch):
    assert not image_files.is_image('x.heic') and image_files.unread_kind('x.HEIC') == '.heic'
    monkeypatch.setitem(Image.EXTENSION, '.heic', 'HEIF')
    assert image_files.is_image('x.HEIC')


@pytest.mark.parametrize('most, white', [(200, 255), (1000, 1023), (4095, 4095), (9000, 16_383), (20_000, 65_535)])
def test_16_bits_are_scaled_by_what_is_used_or_by_the_given_white(most, white):
    levels = np.linspace(0, most, 64).astype(np.uint16)
    image = Image.fromarray(np.repeat(levels[None], 8, axis=0))
    read = image_files.read(save(image, 'tiff'))
    assert (np.asarray(read)[0, :, 0] == np.rint(levels * (255 / white))).all()
    assert read.info[image_files.LEVELS] == most
    assert (np.asarray(image_files.read(save(image), white=65_535))[0, :, 0] == np.rint(levels / 257)).all()


def deep_png(levels):
    """A PNG of 16 bits in colour, which Pillow reads but does not write."""
    height, width, channels = levels.shape
    rows = b''.join(b'\0' + row.astype('>u2').tobytes() for row in levels)
    header = struct.pack('>IIBBBBB', width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = ((b'IHDR', header), (b'IDAT', zlib.compress(rows)), (b'IEND', b''))
    return b'\x89PNG\r\n\x1a\n' + b''.join(struct.pack('>I', len(data)) + kind + data
                                          + struct.pack('>I', zlib.crc32(kind + data)) for kind, data in chunks)


def deep_tiff(levels):
    """An uncompressed TIFF of 16 bits in colour."""
    height, width, channels = levels.shape
    pixels = levels.astype('<u2').tobytes()
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 122), (259, 3, 1, 1), (262, 3, 1, 2),
               (273, 4, 1, 128), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, len(pixels))]
    table = b''.join(struct.pack('<HHII', *entry) for entry in entries)
    return b'II*\0' + struct.pack('<IH', 8, 9) + table + bytes(4) + struct.pack('<HHH', 16, 16, 16) + pixels


@pytest.mark.parametrize('most, white', [(255, 255), (1023, 1023), (4095, 4095), (16_383, 16_383), (65_535, None)])
@pytest.mark.parametrize('encode', [deep_png, deep_tiff])
def test_colours_of_16_bits_are_scaled_by_what_is_used(encode, most, white):
    levels = np.random.default_rng(0).integers(0, most + 1, (8, 8, 3))
    levels[0, 0] = most
    read = image_files.read(encode(levels))
    expected = levels >> 8 if white is None else np.rint(levels * (255 / white))       # Pillow takes the upper 8 bits
    assert read.mode == 'RGB' and (np.asarray(read) == expected).all()
    assert read.info[image_files.LEVELS] == most
    assert (np.asarray(image_files.read(encode(levels), white=65_535)) == levels >> 8).all()


def test_transparency_of_16_bits():
    levels = np.full((8, 8, 4), 2048)
    levels[..., 3] = [0] * 4 + [65_535] * 4
    assert np.asarray(image_files.read(io.BytesIO(deep_png(levels))))[0, :, 0].tolist() == [255] * 4 + [128] * 4


def test_floats_of_an_unknown_range_are_refused():
    with pytest.raises(image_files.UnusableImage, match='floating-point'):
        image_files.read(save(Image.fromarray(RAMP.astype(np.float32)), 'tiff'))


def test_an_image_of_20000_pixels_a_side_is_refused_by_its_header(monkeypatch):
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', None)
    huge = save(Image.new('1', (20000, 20000)))
    monkeypatch.undo()
    assert len(huge) < 100_000
    with pytest.raises(image_files.UnusableImage, match='more than 89 million pixels'):
        image_files.read(huge)


@pytest.mark.parametrize('damage', range(40))
def test_fuzzing(damage):
    """A file with random bytes changed is read as an image, or refused with a message of one line."""
    rng = np.random.default_rng(damage)
    content = bytearray(save(colours(), ('png', 'jpeg', 'gif', 'tiff', 'bmp', 'webp')[damage % 6]))
    for position in rng.integers(0, len(content), 20):
        content[position] = rng.integers(256)
    try:
        assert image_files.read(bytes(content)).mode == 'RGB'
    except image_files.UnusableImage as error:
        assert '\n' not in str(error)


def test_a_draft_is_never_smaller_than_requested():
    photo = save(colours((800, 640)), 'jpeg')
    assert image_files.read(photo).size == (800, 640)
    assert 128 <= min(image_files.read(photo, draft=128).size) <= 256


def test_square_crops_the_centre():
    image = Image.fromarray(np.repeat(RAMP[..., None], 3, axis=2))
    assert (image_files.square(image, 48)[..., 0] == RAMP[:, 8:56]).all()
    assert (image_files.square(image, 32, crop=32)[..., 0] == RAMP[:32, 16:48]).all()
    assert image_files.square(image, 16, crop=32).shape == (16, 16, 3)


def test_files_are_found_in_order(tmp_path):
    for name in ('b/2.PNG', 'b/1.jpg', 'a.jpeg', '.hidden/3.png', 'b/.4.png', 'notes.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [str(path) for path in image_files.files(tmp_path)] == ['a.jpeg', 'b/1.jpg', 'b/2.PNG']
