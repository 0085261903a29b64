"""The parameters that faces are rendered from, and the attributes that follow from them exactly."""
import numpy as np

from .randomness import CounterRandom

# CelebA's 40 attributes, in the order of list_attr_celeba.txt (Liu, Luo, Wang, Tang 2015).
ATTRIBUTES = (
    '5_o_Clock_Shadow', 'Arched_Eyebrows', 'Attractive', 'Bags_Under_Eyes', 'Bald', 'Bangs', 'Big_Lips', 'Big_Nose',
    'Black_Hair', 'Blond_Hair', 'Blurry', 'Brown_Hair', 'Bushy_Eyebrows', 'Chubby', 'Double_Chin', 'Eyeglasses',
    'Goatee', 'Gray_Hair', 'Heavy_Makeup', 'High_Cheekbones', 'Male', 'Mouth_Slightly_Open', 'Mustache', 'Narrow_Eyes',
    'No_Beard', 'Oval_Face', 'Pale_Skin', 'Pointy_Nose', 'Receding_Hairline', 'Rosy_Cheeks', 'Sideburns', 'Smiling',
    'Straight_Hair', 'Wavy_Hair', 'Wearing_Earrings', 'Wearing_Hat', 'Wearing_Lipstick', 'Wearing_Necklace',
    'Wearing_Necktie', 'Young')
# Three attributes are not rendered: they are False for every face.
RENDERED = tuple(name for name in ATTRIBUTES if name not in ('Attractive', 'Blurry', 'High_Cheekbones'))
HAIR = ('black', 'brown', 'blond', 'gray', 'red')
HATS = ('none', 'beanie', 'cap', 'brimmed')


def sample_faces(seed, index):
    """Sample the parameters of faces.

    Parameters
    ----------
    seed : int
        0 to 2**64 - 1.
    index : array of int
        ``(N,)``, the index of each face. The parameters of a face depend only on the seed and its index.

    Returns
    -------
    dict
        ``(N,)`` float32 by name. The most useful ones are

        - ``smile``: -1 (corners of the mouth down) to 1; ``mouth_open``: 0 to 1
        - ``pose``: -1 (rotated by 30 degrees to the left of the image) to 1
        - ``tilt``: -1.5 to 1.5, where 1 is 6 degrees clockwise
        - ``glasses``: 0 or 1; ``lens``: 0 (clear) to 1 (black)
        - ``hat``: an index into ``HATS``
        - ``hair``: an index into ``HAIR``; ``hair_length``: 0 (short) to 1 (over the shoulders); ``hair_wave``: 0 to 1
        - ``skin``: 0 (palest) to 1 (darkest)
        - ``male``, ``young``: 0 or 1
    """
    rng = CounterRandom(seed, index)
    p = {}
    # These are sampled independently of one another.
    p['smile'] = np.where(rng.bernoulli(0.5), rng.uniform(0.45, 1), rng.uniform(-0.6, 0.1))
    p['mouth_open'] = rng.bernoulli(0.4) * rng.uniform(0.4, 1)
    p['pose'] = rng.uniform(-1, 1)
    p['tilt'] = rng.bates(0, 1.5)
    p['glasses'] = rng.bernoulli(0.25)
    p['glasses_round'] = rng.uniform()
    p['glasses_size'] = rng.bates(1, 0.2)
    p['glasses_hue'] = rng.uniform()
    p['lens'] = np.where(rng.bernoulli(0.25), rng.uniform(0.75, 0.95), 0)
    p['hat'] = rng.categorical(0.85, 0.06, 0.05, 0.04)
    p['hat_hue'], p['hat_depth'], p['hat_light'] = rng.uniform(), rng.uniform(0.2, 0.8), rng.uniform(0.25, 0.95)
    p['skin'], p['skin_hue'] = rng.uniform(), rng.uniform(-1, 1)
    p['male'], p['young'] = rng.bernoulli(0.45), rng.bernoulli(0.75)
    male, old = p['male'], ~p['young']
    # Hair.
    p['hair'] = rng.categorical(0.28, 0.34, 0.24, np.where(old, 0.9, 0.02), 0.08)
    p['hair_tone'] = rng.uniform()
    p['bald'] = rng.bernoulli(np.where(male, 0.12, 0.015))
    p['hair_length'] = np.where(rng.bernoulli(np.where(male, 0.12, 0.8)), rng.uniform(0.3, 1), rng.uniform(0, 0.12))
    p['hair_volume'] = rng.uniform()
    p['hair_wave'] = np.where(rng.bernoulli(0.45), rng.uniform(0.6, 1), rng.uniform(0, 0.25))
    p['hair_part'] = rng.uniform(-1, 1)
    p['bangs'] = rng.bernoulli(0.22) & ~p['bald']
    p['receding'] = rng.bernoulli(np.where(male & old, 0.45, 0.03)) & ~p['bangs'] & ~p['bald']
    # Head, neck and features.
    p['width'] = rng.bates(0, 1.4)
    p['chubby'] = rng.bernoulli(0.12)
    p['double_chin'] = p['chubby'] & rng.bernoulli(0.5)
    p['jaw'] = np.where(male, rng.uniform(0.25, 0.9), rng.uniform(0, 0.45))
    p['oval'] = rng.bernoulli(0.3) & ~p['chubby']
    p['eye_size'], p['eye_gap'], p['eye_slant'] = rng.bates(0, 1.4), rng.bates(0, 1.4), rng.bates(0, 1.4)
    p['eye_hue'], p['gaze'] = rng.uniform(), rng.bates(0, 1)
    p['narrow'] = rng.bernoulli(0.14)
    p['bushy'] = rng.bernoulli(np.where(male, 0.28, 0.08))
    p['arched'] = rng.bernoulli(np.where(male, 0.1, 0.42))
    p['brow_height'], p['nose_length'] = rng.bates(0, 1.2), rng.bates(0, 1.2)
    p['nose'] = rng.categorical(0.55, 0.25, 0.2)  # plain, big, pointy
    p['big_lips'], p['lips'] = rng.bernoulli(0.25), rng.uniform()
    p['bags'] = rng.bernoulli(np.where(old, 0.5, 0.1))
    # Make-up and beards.
    p['lipstick'] = rng.bernoulli(np.where(male, 0, 0.5))
    p['lipstick_hue'] = rng.uniform()
    p['makeup'] = p['lipstick'] & rng.bernoulli(0.5)
    p['rosy'] = rng.bernoulli(np.where(male, 0.06, 0.22))
    # 0 no beard, 1 stubble, 2 goatee, 3 mustache only, 4 full beard
    beard = np.where(male, rng.categorical(0.52, 0.14, 0.12, 0.1, 0.12), 0)
    p['stubble'], p['goatee'], p['full_beard'] = beard == 1, beard == 2, beard == 4
    p['mustache'] = (beard == 3) | (beard == 4) | ((beard == 2) & rng.bernoulli(0.5))
    p['sideburns'] = p['full_beard'] | (male & ~p['bald'] & rng.bernoulli(0.12))
    # Clothes and jewellery, position, light and background.
    p['earrings'] = rng.bernoulli(np.where(male, 0.04, 0.35))
    p['necklace'] = rng.bernoulli(np.where(male, 0.02, 0.25))
    p['necktie'] = rng.bernoulli(np.where(male, 0.2, 0.02)) & ~p['necklace']
    p['cloth_hue'], p['cloth_depth'], p['cloth_light'] = rng.uniform(), rng.uniform(0, 0.75), rng.uniform(0.15, 0.95)
    p['tie_hue'], p['neckline'] = rng.uniform(), rng.uniform()
    p['x'], p['y'], p['zoom'] = rng.bates(0, 0.05), rng.bates(0, 0.05), rng.bates(1.08, 0.09)
    p['light_x'], p['light_y'] = rng.uniform(-0.75, 0.75), rng.uniform(-0.55, 0.05)
    p['light'], p['warmth'] = rng.uniform(0.6, 1), rng.uniform(-1, 1)
    for name in ('back_hue', 'back_turn', 'back_depth', 'back_light', 'back_step', 'back_phase'):
        p[name] = rng.uniform()
    p['back_x'], p['back_y'], p['back_waves'] = rng.uniform(-0.8, 0.8), rng.uniform(-0.8, 0.8), rng.uniform(-0.6, 1)
    for spot in '123':
        p['spot_x' + spot], p['spot_y' + spot] = rng.uniform(-1.1, 1.1), rng.uniform(-1.1, 0.6)
        p['spot_size' + spot], p['spot_light' + spot] = rng.uniform(0.15, 0.7), rng.uniform(-0.5, 0.6)
    return {name: values.astype(np.float32) for name, values in p.items()}


def attributes(p):
    """The attributes of faces with these parameters.

    A hat hides bangs and a receding hairline, so these two are True only without a hat. The other attributes do not
    depend on what covers them: narrow eyes count behind black lenses, and a bald head counts under a hat. CelebA has no
    attribute for red hair, so all four of its hair colours are False for it.

    Parameters
    ----------
    p : dict
        ``(N,)`` numbers by name, as :func:`sample_faces` returns them.

    Returns
    -------
    numpy.ndarray
        ``(N, 40)`` bool, in the order of :data:`ATTRIBUTES`.
    """
    not_bald = p['bald'] == 0
    hair = {name: (p['hair'] == index) & not_bald for index, name in enumerate(HAIR)}
    clean_shaven = (p['stubble'] + p['goatee'] + p['mustache'] + p['full_beard']) == 0
    values = {
        '5_o_Clock_Shadow': p['stubble'], 'Arched_Eyebrows': p['arched'], 'Bags_Under_Eyes': p['bags'],
        'Bald': p['bald'], 'Bangs': (p['bangs'] == 1) & (p['hat'] == 0), 'Big_Lips': p['big_lips'],
        'Big_Nose': p['nose'] == 1, 'Black_Hair': hair['black'], 'Blond_Hair': hair['blond'],
        'Brown_Hair': hair['brown'], 'Gray_Hair': hair['gray'], 'Bushy_Eyebrows': p['bushy'], 'Chubby': p['chubby'],
        'Double_Chin': p['double_chin'], 'Eyeglasses': p['glasses'], 'Goatee': p['goatee'],
        'Heavy_Makeup': p['makeup'], 'Male': p['male'], 'Mouth_Slightly_Open': p['mouth_open'] > 0.2,
        'Mustache': p['mustache'], 'Narrow_Eyes': p['narrow'], 'No_Beard': clean_shaven, 'Oval_Face': p['oval'],
        'Pale_Skin': p['skin'] < 0.1, 'Pointy_Nose': p['nose'] == 2,
        'Receding_Hairline': (p['receding'] == 1) & (p['hat'] == 0), 'Rosy_Cheeks': p['rosy'],
        'Sideburns': p['sideburns'], 'Smiling': p['smile'] > 0.25, 'Straight_Hair': not_bald & (p['hair_wave'] < 0.4),
        'Wavy_Hair': not_bald & (p['hair_wave'] > 0.4), 'Wearing_Earrings': p['earrings'], 'Wearing_Hat': p['hat'] > 0,
        'Wearing_Lipstick': p['lipstick'], 'Wearing_Necklace': p['necklace'], 'Wearing_Necktie': p['necktie'],
        'Young': p['young']}
    table = np.zeros((len(p['smile']), len(ATTRIBUTES)), bool)
    for name in RENDERED:
        table[:, ATTRIBUTES.index(name)] = values[name]
    return table
