"""The learning rate, in JAX: choose it, schedule it, adapt it, let it set itself, and see what it did."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)

__version__ = "0.1.0"
