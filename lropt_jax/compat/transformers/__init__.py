"""Adafactor, the schedules and the controller of Hugging Face transformers 5.23.0."""

from lropt_jax._core.lazy import lazy

__all__ = lazy(__name__)
