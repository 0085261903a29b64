"""A page that runs a generator or an image translation in the browser: ``gluon-gan explore``."""
from .contents import page as page
from .contents import write as write
