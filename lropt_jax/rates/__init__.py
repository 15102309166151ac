"""Rates: what an optimizer takes as its `learning_rate`: a number, a schedule, or one that sets itself."""

from lropt_jax._core.rate import Rate, Reading, as_rate
from lropt_jax.rates.plateau import plateau

__all__ = ["Rate", "Reading", "as_rate", "plateau"]
