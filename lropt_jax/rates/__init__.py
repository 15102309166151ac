"""Rates: what an optimizer takes as its `learning_rate`: a number, a schedule, or one that sets itself."""

from lropt_jax.rates.rate import Rate, Reading, as_rate

__all__ = ["Rate", "Reading", "as_rate"]
