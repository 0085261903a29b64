"""The base class of this package's exceptions. It can be imported without MXNet."""


class GluonGanError(Exception):
    """An error that a user can correct: the message is one line, and names the value and the remedy.

    The command line reports it in that line, with exit status 2.
    """
