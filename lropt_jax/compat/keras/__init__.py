"""Schedules and the controller of Keras 3.15.1."""

from lropt_jax.compat.keras.cosines import CosineDecay, CosineDecayRestarts
from lropt_jax.compat.keras.decays import ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay
from lropt_jax.compat.keras.plateau import ReduceLROnPlateau

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "ReduceLROnPlateau",
]
