"""Schedules: values `step -> rate`, and combinators that are values holding values."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
