"""Objectives: equations over given arrays, written for one example; no data and no loop."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
