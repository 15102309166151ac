"""Schedulers of timm 1.0.31, its controller too, without its noise."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
