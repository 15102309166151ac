"""Tuning: find the learning rate by trying, side by side in compiled programs."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
