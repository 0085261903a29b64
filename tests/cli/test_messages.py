"""Names of arguments in errors become options of the command."""
import pytest

from gluon_gan.cli import make_parser
from gluon_gan.cli.messages import with_options

OPTIONS = make_parser().parse_args(['train']).options


@pytest.mark.parametrize('message, shown', [
    ('size=48 must be one of 28, 32', '--size 48 must be one of 28, 32'),
    ('epochs must be an int', '--epochs must be an int'),
    ('ngf and ndf must be an int', '--ngf and --ndf must be an int'),
    ('choose a batch_size that is a multiple of 2', 'choose a --batch-size that is a multiple of 2'),
    ('training needs epochs=... or steps=...', 'training needs --epochs or --steps'),
    ('half=True needs a GPU', '--half needs a GPU'),
    ('pass max_bad_share=0.2', 'pass --max-unreadable 0.2'),
    ("lrG must be a number", '--lr-g must be a number'),
    # not arguments:
    ("config.json is damaged: it has no 'batch_size'", None),
    ('the data in batch_size/steps must be images', None),
    ('http://host/?size=64 is not served', None),
    ('--size 48 must be one of 28, 32', None),
])
def test_arguments_become_options(message, shown):
    assert with_options(message, OPTIONS) == (shown or message)


def test_classes_are_given_with_label():
    options = make_parser().parse_args(['sample', 'mnist']).options
    assert with_options('leave classes=[3] out', options) == 'leave --label [3] out'
    assert with_options('n must be an int', options) == '-n must be an int'
