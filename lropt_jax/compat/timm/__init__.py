"""Schedulers of timm 1.0.31, its controller too, without its noise."""

from lropt_jax.compat.timm.cosine import CosineLRScheduler
from lropt_jax.compat.timm.plateau import PlateauLRScheduler
from lropt_jax.compat.timm.poly import PolyLRScheduler
from lropt_jax.compat.timm.steps import MultiStepLRScheduler, StepLRScheduler
from lropt_jax.compat.timm.tanh import TanhLRScheduler
from lropt_jax.compat.timm.wsd import WSDLRScheduler

__all__ = [
    "CosineLRScheduler",
    "MultiStepLRScheduler",
    "PlateauLRScheduler",
    "PolyLRScheduler",
    "StepLRScheduler",
    "TanhLRScheduler",
    "WSDLRScheduler",
]
