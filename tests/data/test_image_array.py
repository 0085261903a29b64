"""ImageArray: indexing, names, and checks of its arguments."""
import numpy as np
import pytest

from gluon_gan.data import ImageArray


@pytest.fixture
def numbered():
    """Ten images of 4 x 5 pixels, each filled with its own number."""
    pixels = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 5, 3), np.uint8)
    attributes = {'odd': np.arange(10) % 2, 'name': [str(i) for i in range(10)]}
    return ImageArray(pixels, 'numbered', True, np.arange(10), attributes)


def test_shape_and_repr(numbered):
    assert len(numbered) == 10 and numbered.shape == (10, 4, 5, 3)
    assert numbered.channels == 3 and numbered.size == (4, 5)
    assert ImageArray(np.zeros((2, 8, 8), np.uint8)).size == 8
    assert repr(numbered) == '<ImageArray numbered: 10 x 4x5x3 uint8, labels, attributes>'


def test_an_int_gives_an_image(numbered):
    assert numbered[3].shape == (4, 5, 3) and (numbered[3] == 3).all()
    assert (numbered[np.int64(-1)] == 9).all()
    assert [int(image[0, 0, 0]) for image in numbered] == list(range(10))


@pytest.mark.parametrize('index, expected', [
    (slice(2, 8, 3), [2, 5]), ([7, 1, 7], [7, 1, 7]), (np.arange(10) > 7, [8, 9]), (np.array([], int), [])])
def test_a_part_has_the_labels_and_attributes_of_its_images(numbered, index, expected):
    part = numbered[index]
    assert part.images[:, 0, 0, 0].tolist() == expected == part.labels.tolist()
    assert part.attributes['odd'].tolist() == [i % 2 for i in expected]
    assert part.attributes['name'].tolist() == [str(i) for i in expected]
    assert part.stand_in and part.name == f'numbered [{len(expected)} of them]'


def test_the_name_of_a_part_of_a_part(numbered):
    assert numbered[:8][:3].name == 'numbered [3 of them]'
    assert numbered[::-1].name == 'numbered'


def test_indexing_an_attribute_table():
    images = ImageArray(np.zeros((3, 2, 2, 1), np.uint8), attributes=np.eye(3))
    assert images[[2]].attributes.tolist() == [[0, 0, 1]]


def test_attributes_by_name():
    images = ImageArray(np.zeros((3, 2, 2, 1), np.uint8), attributes=np.eye(3)[:, :2],
                        attribute_names=('hat', 'glasses'), parameters={'pose': np.arange(3)})
    assert images.attribute('glasses').tolist() == [0, 1, 0]
    part = images[[1, 2]]
    assert part.attribute('hat').tolist() == [0, 0] and part.parameters['pose'].tolist() == [1, 2]
    with pytest.raises(ValueError, match="no attribute 'smile'; it has hat, glasses"):
        images.attribute('smile')


def test_a_memmap_is_not_copied(tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((4, 2, 2, 1), np.uint8))
    images = ImageArray(np.load(tmp_path / 'a.npy', mmap_mode='r'))
    assert isinstance(images.images, np.memmap) and isinstance(images[1:3].images, np.memmap)


def test_conversion_to_numpy(numbered):
    assert np.asarray(numbered).shape == (10, 4, 5, 3)


@pytest.mark.parametrize('images, message', [
    (np.zeros((2, 3, 3, 1), np.float32), r'not \(2, 3, 3, 1\) float32'),
    (np.zeros((2, 3), np.uint8), r'not \(2, 3\) uint8'),
    (np.zeros((2, 3, 8, 8), np.uint8), r'1 or 3 channels on the last axis.*\(2, 3, 8, 8\)'),
    ([[1]], 'not list')])
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        ImageArray(images)


@pytest.mark.parametrize('arguments, message', [
    ({'labels': [1]}, r'labels must be \(2,\)'), ({'labels': [0.5, 1.5]}, 'float64'),
    ({'attributes': np.eye(3)}, 'attributes has 3 rows for 2'),
    ({'parameters': {'pose': [1]}}, 'pose has 1 rows for 2'),
    ({'attributes': np.eye(2), 'attribute_names': ['hat']}, 'attributes must have 1 columns'),
    ({'attributes': {'hat': [1]}}, 'hat has 1 rows for 2')])
def test_bad_labels_and_attributes(arguments, message):
    with pytest.raises(ValueError, match=message):
        ImageArray(np.zeros((2, 3, 3, 1), np.uint8), **arguments)


@pytest.mark.parametrize('index', [(0, 1), 'a', 1.5, [[1, 2]], 10])
def test_bad_index(numbered, index):
    with pytest.raises(IndexError):
        numbered[index]


def test_the_number_of_classes():
    images = np.zeros((4, 2, 2, 1), np.uint8)
    assert ImageArray(images).class_count == 0
    assert ImageArray(images, labels=[0, 2, 2, 1]).class_count == 3
    named = ImageArray(images, labels=[0, 2, 2, 1], classes=('a', 'b', 'c', 'd'))
    assert named.class_count == 4 and named[:1].class_count == 4
    for label in (4, -1):
        with pytest.raises(ValueError, match=f'labels must be from 0 to 3, since there are 4 classes, not {label}'):
            ImageArray(images, labels=[0, label, 2, 1], classes=('a', 'b', 'c', 'd'))
