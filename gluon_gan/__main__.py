"""Run ``python -m gluon_gan``, which is the same as the command ``gluon-gan``."""
import sys

from .cli import main

if __name__ == '__main__':
    sys.exit(main())
