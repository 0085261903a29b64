"""Training: the step, the trainer, what happens meanwhile, and how it goes on later."""
from .alarms import Alarms as Alarms
from .alarms import Diverged as Diverged
from .callbacks import (Callback as Callback, History as History, LinearDecay as LinearDecay, ProgressBar as ProgressBar,
                        Samples as Samples, Schedule as Schedule)
from .keep import Checkpoint as Checkpoint
from .page import Page as Page
from .scores import Scores as Scores
from .step import update as update
from .tensorboard import TensorBoard as TensorBoard
from .trainer import GANTrainer as GANTrainer
