"""Synthetic faces: reproducible, varied, and with attributes that follow from the parameters."""
import hashlib

import numpy as np
import pytest

from gluon_gan.synthetic import ATTRIBUTES, RENDERED, Faces, attributes, faces, render_faces, sample_faces
from gluon_gan.synthetic.chunks import CHUNK

# As in the second line of CelebA's list_attr_celeba.txt
HEADER = ('5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair '
          'Blond_Hair Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup '
          'High_Cheekbones Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose '
          'Receding_Hairline Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat '
          'Wearing_Lipstick Wearing_Necklace Wearing_Necktie Young')
# sha256 of the first 64 faces of 64 x 64 pixels. If the rendering changes on purpose, look at them before updating it.
FACES = 'a6253987162e86e114812e5e92529a3d434d7025ee40b0256e4a8e60fb1ee632'


@pytest.fixture(scope='module')
def sampled():
    """The parameters of 4,000 faces, and their attributes by name."""
    p = sample_faces(0, np.arange(4000))
    return p, dict(zip(ATTRIBUTES, attributes(p).T))


def test_shapes_and_types():
    some = faces(20)
    assert isinstance(some, Faces) and some.images.shape == (20, 64, 64, 3) and some.images.dtype == np.uint8
    assert some.attributes.shape == (20, 40) and some.attributes.dtype == bool
    assert ATTRIBUTES == tuple(HEADER.split())
    assert {'skin', 'hair', 'glasses', 'smile', 'hat', 'pose'} <= set(some.parameters)
    assert all(values.shape == (20,) and values.dtype == np.float32 for values in some.parameters.values())


def test_a_face_depends_only_on_the_seed_and_its_index():
    some = faces(CHUNK + 9, size=32)
    part = faces(5, size=32, start=CHUNK - 2)
    rows = slice(CHUNK - 2, CHUNK + 3)
    assert (part.images == some.images[rows]).all() and (part.attributes == some.attributes[rows]).all()
    assert all((values == some.parameters[name][rows]).all() for name, values in part.parameters.items())
    assert (faces(1, size=32, start=7).images[0] == some.images[7]).all()
    assert not (faces(5, size=32, seed=1).images == some.images[:5]).all(axis=(1, 2, 3)).any()


def test_the_same_pixels_on_every_machine():
    digest = hashlib.sha256(faces(64).images.tobytes()).hexdigest()
    assert digest == FACES


def test_all_faces_differ():
    images = faces(64, size=32).images.reshape(64, -1).astype(int)
    differences = abs(images[:, None] - images[None]).mean(axis=2) + 255 * np.eye(64)
    assert differences.min() > 8


def test_attributes_follow_from_the_parameters(sampled):
    p, true = sampled
    assert (true['Smiling'] == (p['smile'] > 0.25)).all()
    assert abs(p['smile'] - 0.25).min() > 0.1, 'no smile is ambiguous'
    assert (true['Eyeglasses'] == (p['glasses'] == 1)).all() and (true['Wearing_Hat'] == (p['hat'] > 0)).all()
    assert (true['Mouth_Slightly_Open'] == (p['mouth_open'] > 0)).all()
    hair = sum(true[name].astype(int) for name in ('Black_Hair', 'Brown_Hair', 'Blond_Hair', 'Gray_Hair', 'Bald'))
    assert hair.max() == 1 and (hair == 0).mean() < 0.15, 'CelebA has no attribute for red hair'
    assert not (true['Straight_Hair'] & true['Wavy_Hair']).any() and not (true['No_Beard'] & true['Goatee']).any()


def test_rendered_attributes_vary_and_the_others_are_false(sampled):
    _, true = sampled
    assert {name for name, values in true.items() if values.any()} == set(RENDERED)
    assert all(0.01 < true[name].mean() < 0.95 for name in RENDERED)


def test_glasses_smile_hat_and_pose_are_uncorrelated(sampled):
    p, _ = sampled
    values = np.stack([p[name] for name in ('glasses', 'smile', 'hat', 'pose', 'skin', 'male', 'mouth_open')])
    assert abs(np.corrcoef(values) - np.eye(len(values))).max() < 0.06


@pytest.mark.parametrize('name, off, on, rows', [
    ('glasses', 0, 1, (18, 40)), ('smile', -0.5, 1, (24, 54)), ('mouth_open', 0, 1, (36, 58)),
    ('lipstick', 0, 1, (36, 54)), ('hat', 0, 1, (0, 42)), ('mustache', 0, 1, (34, 50)), ('necktie', 0, 1, (46, 64))])
def test_a_parameter_changes_only_its_part_of_the_image(name, off, on, rows):
    p = sample_faces(0, np.arange(24))
    p.update({name: np.zeros(24) for name in ('hat', 'goatee', 'full_beard', 'tilt', 'hair_length')})
    without, with_it = (render_faces({**p, name: np.full(24, value)}).astype(int) for value in (off, on))
    changed = abs(with_it - without).max(axis=3) > 2
    assert changed.any(axis=(1, 2)).mean() > 0.9
    outside = changed.copy()
    outside[:, rows[0]:rows[1]] = False
    assert not outside.any()


def test_features_move_as_on_a_rotating_head():
    """The centre of the mouth lies on a cylinder: it moves by radius times sin(yaw), minus the shift of the skull."""
    p = {**sample_faces(0, np.arange(24)), 'tilt': np.zeros(24), 'full_beard': np.zeros(24), 'smile': np.zeros(24)}
    mouth = []
    for pose in (-1, 0, 1):
        posed = {**p, 'pose': np.full(24, pose)}
        bare, painted = (render_faces({**posed, 'lipstick': np.full(24, value)}).astype(float) for value in (0, 1))
        weight = abs(painted - bare).sum(axis=(1, 3))
        mouth.append((weight * np.arange(64)).sum(axis=1) / weight.sum(axis=1))
    radius = 0.56 * (1 + 0.05 * p['width'] + 0.09 * p['chubby'] - 0.06 * p['oval'])
    expected = 32 * 0.5 * (p['zoom'] * radius - 0.3)
    assert abs(mouth[2] - mouth[1] - expected).max() < 1.5 and abs(mouth[1] - mouth[0] - expected).max() < 1.5
    assert expected.min() > 3


def test_other_sizes_show_the_same_faces():
    small, large = faces(8, size=32).images.astype(float), faces(8, size=128).images.astype(float)
    assert abs(large.reshape(8, 32, 4, 32, 4, 3).mean(axis=(2, 4)) - small).mean() < 6


def test_an_empty_set():
    assert faces(0).images.shape == (0, 64, 64, 3) and faces(0).attributes.shape == (0, 40)


@pytest.mark.parametrize('arguments, message', [
    ({'count': -1}, 'count must be an int of at least 0, not -1'),
    ({'count': 1, 'start': 0.5}, 'start must be an int'),
    ({'count': 1, 'size': 8}, 'size must be an int of at least 16, not 8'),
    ({'count': 1, 'size': 1024}, 'size must be an int from 16 to 512, not 1024'),
    ({'count': 1, 'seed': -1}, 'seed must be an int of at least 0, not -1')])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        faces(**arguments)
