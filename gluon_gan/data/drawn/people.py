"""Who is in a picture: the numbers that a face is drawn from, and the attributes that follow from them exactly."""
import numpy as np

from .chance import Chance

# CelebA's 40, in the order of list_attr_celeba.txt (Liu, Luo, Wang, Tang 2015).
ATTRIBUTES = (
    '5_o_Clock_Shadow', 'Arched_Eyebrows', 'Attractive', 'Bags_Under_Eyes', 'Bald', 'Bangs', 'Big_Lips', 'Big_Nose', 'Black_Hair',
    'Blond_Hair', 'Blurry', 'Brown_Hair', 'Bushy_Eyebrows', 'Chubby', 'Double_Chin', 'Eyeglasses', 'Goatee', 'Gray_Hair',
    'Heavy_Makeup', 'High_Cheekbones', 'Male', 'Mouth_Slightly_Open', 'Mustache', 'Narrow_Eyes', 'No_Beard', 'Oval_Face',
    'Pale_Skin', 'Pointy_Nose', 'Receding_Hairline', 'Rosy_Cheeks', 'Sideburns', 'Smiling', 'Straight_Hair', 'Wavy_Hair',
    'Wearing_Earrings', 'Wearing_Hat', 'Wearing_Lipstick', 'Wearing_Necklace', 'Wearing_Necktie', 'Young')
# What a drawing does not show is False for everyone.
DRAWN = tuple(name for name in ATTRIBUTES if name not in ('Attractive', 'Blurry', 'High_Cheekbones'))
HAIR = ('black', 'brown', 'blond', 'gray', 'red')
HATS = ('none', 'beanie', 'cap', 'brimmed')


def people(seed, index):
    """The parameters of faces.

    Parameters
    ----------
    seed : int
    index : array of int
        ``(N,)``.

    Returns
    -------
    dict
        ``(N,)`` float32 by name. Of these, a lesson wants: ``smile`` -1 (down) to 1, ``mouth_open`` 0 to 1, ``pose`` -1 (turned
        to the picture's left by 30 degrees) to 1, ``tilt`` -1.5 to 1.5 (1 is 6 degrees clockwise), ``glasses`` 0 or 1 and
        ``lens`` 0 (clear) to 1 (black), ``hat`` (a place in HATS), ``hair`` (a place in HAIR), ``hair_length`` 0
        (short) to 1 (over the shoulders), ``hair_wave`` 0 to 1, ``skin`` 0 (palest) to 1 (darkest), ``male`` and ``young`` 0 or 1.
    """
    draw = Chance(seed, index)
    p = {}
    # Each of these is drawn without a look at any other.
    p['smile'] = np.where(draw.happens(0.5), draw.uniform(0.45, 1), draw.uniform(-0.6, 0.1))
    p['mouth_open'] = draw.happens(0.4) * draw.uniform(0.4, 1)
    p['pose'] = draw.uniform(-1, 1)
    p['tilt'] = draw.bell(0, 1.5)
    p['glasses'] = draw.happens(0.25)
    p['glasses_round'] = draw.uniform()
    p['glasses_size'] = draw.bell(1, 0.2)
    p['glasses_hue'] = draw.uniform()
    p['lens'] = np.where(draw.happens(0.25), draw.uniform(0.75, 0.95), 0)
    p['hat'] = draw.pick(0.85, 0.06, 0.05, 0.04)
    p['hat_hue'], p['hat_depth'], p['hat_light'] = draw.uniform(), draw.uniform(0.2, 0.8), draw.uniform(0.25, 0.95)
    p['skin'], p['skin_hue'] = draw.uniform(), draw.uniform(-1, 1)
    p['male'], p['young'] = draw.happens(0.45), draw.happens(0.75)
    male, old = p['male'], ~p['young']
    # Hair.
    p['hair'] = draw.pick(0.28, 0.34, 0.24, np.where(old, 0.9, 0.02), 0.08)
    p['hair_tone'] = draw.uniform()
    p['bald'] = draw.happens(np.where(male, 0.12, 0.015))
    p['hair_length'] = np.where(draw.happens(np.where(male, 0.12, 0.8)), draw.uniform(0.3, 1), draw.uniform(0, 0.12))
    p['hair_volume'] = draw.uniform()
    p['hair_wave'] = np.where(draw.happens(0.45), draw.uniform(0.6, 1), draw.uniform(0, 0.25))
    p['hair_part'] = draw.uniform(-1, 1)
    p['bangs'] = draw.happens(0.22) & ~p['bald']
    p['receding'] = draw.happens(np.where(male & old, 0.45, 0.03)) & ~p['bangs'] & ~p['bald']
    # Head, neck and features.
    p['width'] = draw.bell(0, 1.4)
    p['chubby'] = draw.happens(0.12)
    p['double_chin'] = p['chubby'] & draw.happens(0.5)
    p['jaw'] = np.where(male, draw.uniform(0.25, 0.9), draw.uniform(0, 0.45))
    p['oval'] = draw.happens(0.3) & ~p['chubby']
    p['eye_size'], p['eye_gap'], p['eye_slant'] = draw.bell(0, 1.4), draw.bell(0, 1.4), draw.bell(0, 1.4)
    p['eye_hue'], p['gaze'] = draw.uniform(), draw.bell(0, 1)
    p['narrow'] = draw.happens(0.14)
    p['bushy'] = draw.happens(np.where(male, 0.28, 0.08))
    p['arched'] = draw.happens(np.where(male, 0.1, 0.42))
    p['brow_height'], p['nose_length'] = draw.bell(0, 1.2), draw.bell(0, 1.2)
    p['nose'] = draw.pick(0.55, 0.25, 0.2)  # plain, big, pointy
    p['big_lips'], p['lips'] = draw.happens(0.25), draw.uniform()
    p['bags'] = draw.happens(np.where(old, 0.5, 0.1))
    # Paint and beards.
    p['lipstick'] = draw.happens(np.where(male, 0, 0.5))
    p['lipstick_hue'] = draw.uniform()
    p['makeup'] = p['lipstick'] & draw.happens(0.5)
    p['rosy'] = draw.happens(np.where(male, 0.06, 0.22))
    beard = np.where(male, draw.pick(0.52, 0.14, 0.12, 0.1, 0.12), 0)  # none, stubble, goatee, mustache alone, full
    p['stubble'], p['goatee'], p['full_beard'] = beard == 1, beard == 2, beard == 4
    p['mustache'] = (beard == 3) | (beard == 4) | ((beard == 2) & draw.happens(0.5))
    p['sideburns'] = p['full_beard'] | (male & ~p['bald'] & draw.happens(0.12))
    # What is worn, the room and its light.
    p['earrings'] = draw.happens(np.where(male, 0.04, 0.35))
    p['necklace'] = draw.happens(np.where(male, 0.02, 0.25))
    p['necktie'] = draw.happens(np.where(male, 0.2, 0.02)) & ~p['necklace']
    p['cloth_hue'], p['cloth_depth'], p['cloth_light'] = draw.uniform(), draw.uniform(0, 0.75), draw.uniform(0.15, 0.95)
    p['tie_hue'], p['neckline'] = draw.uniform(), draw.uniform()
    p['x'], p['y'], p['zoom'] = draw.bell(0, 0.05), draw.bell(0, 0.05), draw.bell(1.08, 0.09)
    p['light_x'], p['light_y'] = draw.uniform(-0.75, 0.75), draw.uniform(-0.55, 0.05)
    p['light'], p['warmth'] = draw.uniform(0.6, 1), draw.uniform(-1, 1)
    for name in ('back_hue', 'back_turn', 'back_depth', 'back_light', 'back_step', 'back_phase'):
        p[name] = draw.uniform()
    p['back_x'], p['back_y'], p['back_waves'] = draw.uniform(-0.8, 0.8), draw.uniform(-0.8, 0.8), draw.uniform(-0.6, 1)
    for spot in '123':
        p['spot_x' + spot], p['spot_y' + spot] = draw.uniform(-1.1, 1.1), draw.uniform(-1.1, 0.6)
        p['spot_size' + spot], p['spot_light' + spot] = draw.uniform(0.15, 0.7), draw.uniform(-0.5, 0.6)
    return {name: values.astype(np.float32) for name, values in p.items()}


def attributes(p):
    """What is true of faces with these parameters, ``(N, 40)`` bool in the order of ATTRIBUTES.

    Eyes are narrow behind black glasses too, and a bald head stays bald under a hat; bangs and a receding hairline are what a hat
    hides, and count only without one. Red hair has no name in CelebA: its four colours are then all False.
    """
    haired = p['bald'] == 0
    hair = {name: (p['hair'] == place) & haired for place, name in enumerate(HAIR)}
    shaven = (p['stubble'] + p['goatee'] + p['mustache'] + p['full_beard']) == 0
    true = {
        '5_o_Clock_Shadow': p['stubble'], 'Arched_Eyebrows': p['arched'], 'Bags_Under_Eyes': p['bags'], 'Bald': p['bald'],
        'Bangs': (p['bangs'] == 1) & (p['hat'] == 0), 'Big_Lips': p['big_lips'], 'Big_Nose': p['nose'] == 1,
        'Black_Hair': hair['black'], 'Blond_Hair': hair['blond'], 'Brown_Hair': hair['brown'], 'Gray_Hair': hair['gray'],
        'Bushy_Eyebrows': p['bushy'], 'Chubby': p['chubby'], 'Double_Chin': p['double_chin'], 'Eyeglasses': p['glasses'],
        'Goatee': p['goatee'], 'Heavy_Makeup': p['makeup'], 'Male': p['male'], 'Mouth_Slightly_Open': p['mouth_open'] > 0.2,
        'Mustache': p['mustache'], 'Narrow_Eyes': p['narrow'], 'No_Beard': shaven, 'Oval_Face': p['oval'],
        'Pale_Skin': p['skin'] < 0.1, 'Pointy_Nose': p['nose'] == 2,
        'Receding_Hairline': (p['receding'] == 1) & (p['hat'] == 0), 'Rosy_Cheeks': p['rosy'], 'Sideburns': p['sideburns'],
        'Smiling': p['smile'] > 0.25, 'Straight_Hair': haired & (p['hair_wave'] < 0.4),
        'Wavy_Hair': haired & (p['hair_wave'] > 0.4),
        'Wearing_Earrings': p['earrings'], 'Wearing_Hat': p['hat'] > 0, 'Wearing_Lipstick': p['lipstick'],
        'Wearing_Necklace': p['necklace'], 'Wearing_Necktie': p['necktie'], 'Young': p['young']}
    table = np.zeros((len(p['smile']), len(ATTRIBUTES)), bool)
    for name in DRAWN:
        table[:, ATTRIBUTES.index(name)] = true[name]
    return table
