"""The extractors by their names."""
from .extractors import Digits, Pixels, rows
from .imagenet import NETWORKS, ImageNet
from .random_features import Random

EXTRACTORS = {'lenet': Digits, 'pixels': Pixels, 'pixels8': lambda **settings: Pixels(8, **settings), 'random64': Random,
              **{name: lambda name=name, **settings: ImageNet(name, **settings) for name in NETWORKS}}


class Custom:
    """A callable of the user's own as an extractor: named, and its answer an array."""

    def __init__(self, function):
        self.function, self.dim = function, None
        self.name = getattr(function, '__name__', type(function).__name__).strip('<>')
        if hasattr(function, 'probabilities'):
            self.probabilities = function.probabilities

    def __call__(self, pictures):
        features = rows(self.function(pictures), len(pictures), self)
        self.dim = features.shape[1]
        return features


def named(extractor, **settings):
    """An extractor by its name, or a callable as one.

    Parameters
    ----------
    extractor : str or callable
        'lenet' (digits of 28 px: shipped), 'inception', 'resnet50' or 'resnet18' (photographs: their weights are downloaded, or given as
        ``weights=path``), 'random64', 'pixels' or 'pixels8' (pictures of any kind and size); or a callable, from pictures
        ``(N, C, H, W)`` NDArray in [-1, 1] to ``(N, d)``, an NDArray or a NumPy array, whose scores are called after its ``name`` or
        ``__name__``.
    **settings
        ``ctx`` for one of the names, and ``weights``.

    Returns
    -------
    callable
        With ``name`` and ``dim``, which is None where it follows from pictures that were not seen yet.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.
    """
    if isinstance(extractor, str):
        if extractor not in EXTRACTORS:
            raise ValueError(f"there is no extractor {extractor!r}; there are: {', '.join(EXTRACTORS)}, and any callable will do")
        return EXTRACTORS[extractor](**settings)
    if not callable(extractor):
        raise ValueError(f'an extractor must be a name or a callable, not {extractor!r}')
    return extractor if hasattr(extractor, 'name') and hasattr(extractor, 'dim') else Custom(extractor)
