"""Optimizers, schedules and the controller of PyTorch 2.13.0.

A schedule is the rate in effect for update `t`, counted from 0, after `t` calls of `step()`; an optimizer takes one as
its `lr`. Arguments that only say how PyTorch computes (`foreach`, `fused`, `capturable`, `differentiable`) are not
taken, and moments are in float32 or wider whatever the parameters are. Where PyTorch's default of 0 means that there is
none, the default here is None: the same numbers, without the memory and without the need of `params`. `LBFGS` and
`SparseAdam` are not here.
"""

from lropt_jax.compat.torch.adam import Adam, AdamW
from lropt_jax.compat.torch.adam_kin import Adamax, NAdam, RAdam
from lropt_jax.compat.torch.adaptive import Adadelta, Adagrad, RMSprop, Rprop
from lropt_jax.compat.torch.cosines import SWALR, CosineAnnealingLR, CosineAnnealingWarmRestarts
from lropt_jax.compat.torch.cycles import CyclicLR, OneCycleLR, momentum
from lropt_jax.compat.torch.decays import ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR
from lropt_jax.compat.torch.functions import LambdaLR, MultiplicativeLR
from lropt_jax.compat.torch.matrices import Adafactor, Muon
from lropt_jax.compat.torch.plateau import ReduceLROnPlateau
from lropt_jax.compat.torch.sequences import ChainedScheduler, SequentialLR
from lropt_jax.compat.torch.sgd import ASGD, SGD

__all__ = [
    "ASGD",
    "SGD",
    "SWALR",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "Muon",
    "NAdam",
    "OneCycleLR",
    "PolynomialLR",
    "RAdam",
    "RMSprop",
    "ReduceLROnPlateau",
    "Rprop",
    "SequentialLR",
    "StepLR",
    "momentum",
]
