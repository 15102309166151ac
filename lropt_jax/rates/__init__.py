"""Rates: what an optimizer takes as its `learning_rate`: a number, a schedule, or one that sets itself."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
