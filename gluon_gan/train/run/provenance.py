"""What a run finds out about itself: its data, versions, machine and progress."""
import dataclasses
import platform
from dataclasses import dataclass

from ... import runtime
from ...support import renamed
from .fields import check_types, documented, setting


@documented
@dataclass(frozen=True, kw_only=True)
class Provenance:
    """The facts that a run records in ``config.json``, beside its settings.

    A value that is None is not written: the fact is not known, or the run has not come so far.
    """

    command: str | None = setting('the command line that started the run', None)
    data_name: str = setting('the full name of the training data, with their number and whether they are a stand-in')
    data_fingerprint: str | None = setting(
        'a hash of the shape and of some pixels of the training data, by which a resumed run recognises them', None)
    stand_in: bool | None = setting('whether the data stand in for a data set that is not available', None)
    gluon_gan: str | None = setting('the version of this package', None)
    mxnet: str | None = setting('the version of MXNet', None)
    numpy: str | None = setting('the version of NumPy', None)
    python: str | None = setting('the version of Python', None)
    device: str | None = setting("the device, such as 'cpu(0)'", None)
    threads: str | int | None = setting('the number of threads that MXNet computes with', None)
    ended: int | None = setting(
        'the step at which the run was completed and its final images were written; 0 while it is not', None)
    workers: int | None = setting('the number of worker processes; None for a training in one process', None)
    seconds: float | None = setting('the duration of the training in seconds, without interruptions', None)
    unknown: dict = setting('other keys of config.json, which are kept as they are')

    def __post_init__(self):
        check_types(self)

    @classmethod
    def collect(cls, images, ctx, cluster=None, command=None, data_fingerprint=None):
        """The facts about a training that begins now.

        Parameters
        ----------
        images : ImageArray or TwoDomains
            The training data.
        ctx : mxnet.Context
        cluster : gluon_gan.distributed.Cluster, optional
        command : str, optional
        data_fingerprint : str, optional
            From :func:`gluon_gan.data.fingerprint.fingerprint`.
        """
        import mxnet
        import numpy

        from ... import __version__
        return cls(command=command, data_name=images.name, data_fingerprint=data_fingerprint, stand_in=images.stand_in,
                   gluon_gan=__version__, mxnet=mxnet.__version__, numpy=numpy.__version__,
                   python=platform.python_version(), device=str(ctx), threads=runtime.state['threads'], ended=0,
                   workers=cluster.workers if cluster else None, unknown={})

    @classmethod
    def from_config(cls, config, settings):
        """The facts in the contents of a ``config.json``, of this version or an earlier one.

        Parameters
        ----------
        config : dict
        settings : Settings
            The settings in ``config``. Keys that belong neither to them nor to this class are :attr:`unknown`.

        Raises
        ------
        ValueError
            If ``data_name`` is missing, or a value is of the wrong type.
        """
        config = renamed.config(config)
        if config.get('data_name') is None:
            raise ValueError("it has no 'data_name'")
        names = [field.name for field in dataclasses.fields(cls) if field.name != 'unknown']
        known = {*names, 'task', *(field.name for field in dataclasses.fields(settings))}
        return cls(**{name: config[name] for name in names if name in config},
                   unknown={name: value for name, value in config.items() if name not in known})

    def to_config(self):
        """dict: the facts for ``config.json``."""
        facts = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != 'unknown'}
        return {**{name: value for name, value in facts.items() if value is not None}, **self.unknown}

    def replace(self, **changes):
        """A copy with other values."""
        return dataclasses.replace(self, **changes)
