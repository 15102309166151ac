"""Reports: tables, pictures and progress for people; the only code beside the command line that prints or draws."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
