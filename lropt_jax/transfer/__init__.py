"""Transfer: an optimizer that was tuned in one setting, rewritten for another batch, horizon or width."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
