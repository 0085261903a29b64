"""Training in several processes, on one machine or on many, over MXNet's parameter server.

A scheduler introduces the processes to each other, a server sums the gradients of N workers, and every worker applies
the sum with its own Adam optimizer. All workers therefore hold the same weights after each step. :func:`launch` starts
all processes on this machine. On several machines, each process reads its role from the environment (:func:`role`).

The modules of this subpackage import MXNet late: with the role of a server in the environment, the import itself runs
the server, see :mod:`.roles`.
"""
from .launch import launch as launch
from .roles import leave as leave
from .roles import member as member
from .roles import role as role
from .roles import serve as serve
