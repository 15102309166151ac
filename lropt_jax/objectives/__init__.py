"""Objectives: equations over given arrays, written for one example; no data and no loop."""

from lropt_jax.objectives.elbo import elbo
from lropt_jax.objectives.kl import gaussian_kl

__all__ = ["elbo", "gaussian_kl"]
