"""Look at a run and change nothing: what the rate did, how steep the loss is, how noisy, and a verdict."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
