"""Schedules and the controller of Keras 3.15.1."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
