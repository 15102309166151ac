"""Optimizers: directions times a rate, as Optax gradient transformations that are values."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
