"""Wrappers: values around any optimizer, of this library or of Optax."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
