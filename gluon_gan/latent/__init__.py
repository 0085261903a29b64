"""The latent space: draw from it, walk through it, calculate in it, and find the z of a picture.

Every function takes any callable netG, arrays in and arrays out: ``latent.generate(netG, z)`` makes the pictures,
``latent.walk(netG, z)`` with a number for how even they are, and :mod:`gluon_gan.viz` shows them.
"""
from .algebra import (Direction as Direction, Effect as Effect, along as along, arithmetic as arithmetic, direction as direction, effect as effect,
                      neighbours as neighbours, turn_vector as turn_vector)
from .inversion import Inversion as Inversion, invert as invert
from .noise import draw as draw, generate as generate, labels as labels, sample as sample, stream as stream
from .pictures import Walk as Walk, walk as walk
from .walks import diagonal as diagonal, lerp as lerp, path as path, slerp as slerp, smoothness as smoothness, sweep as sweep
