"""Callbacks that record a training: history, samples, scores, TensorBoard events, the run's page, and alarms."""
from .alarms import Alarms as Alarms
from .alarms import Diverged as Diverged
from .history import History as History
from .page import Page as Page
from .samples import Samples as Samples
from .scores import Scores as Scores
from .tensorboard import TensorBoard as TensorBoard
