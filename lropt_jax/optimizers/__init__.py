"""Optimizers: directions times a rate, as Optax gradient transformations that are values."""

from lropt_jax.optimizers.adagrad import adagrad
from lropt_jax.optimizers.adam import adam, adamw
from lropt_jax.optimizers.chain import chain
from lropt_jax.optimizers.descent import Direction, descent
from lropt_jax.optimizers.rmsprop import rmsprop
from lropt_jax.optimizers.sgd import sgd

__all__ = ["Direction", "adagrad", "adam", "adamw", "chain", "descent", "rmsprop", "sgd"]
