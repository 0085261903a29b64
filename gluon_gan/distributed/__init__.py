"""Training by several processes, on one machine or many, over MXNet's parameter server.

One scheduler introduces the processes to each other, a server adds up the gradients of N workers, and every worker applies
the sum with an Adam of its own, so that all of them hold the same weights after each step. :func:`launch` starts all of
that on this machine; on others each process takes its part from the environment (:func:`role`).

MXNet is imported late here: at its import it would take the part of a server by itself, see :mod:`.roles`.
"""
from .launch import launch as launch
from .roles import leave as leave, member as member, role as role, serve as serve
