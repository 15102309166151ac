"""Problems: something to solve by small steps, the loop that solves it, and a suite to try rates on."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
