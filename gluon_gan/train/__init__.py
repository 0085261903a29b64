"""Training: the step, the trainer, what happens meanwhile, and how it goes on later."""
from .callbacks import (Callback as Callback, History as History, LinearDecay as LinearDecay, ProgressBar as ProgressBar,
                        Samples as Samples, Schedule as Schedule)
from .keep import Checkpoint as Checkpoint
from .step import update as update
from .trainer import GANTrainer as GANTrainer
