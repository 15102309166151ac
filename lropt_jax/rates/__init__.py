"""Rates: what an optimizer takes as its `learning_rate`: a number, a schedule, or one that sets itself."""

from lropt_jax._core.rate import Rate, Reading, as_rate
from lropt_jax.rates.adgd import adgd
from lropt_jax.rates.ali_g import ali_g
from lropt_jax.rates.barzilai_borwein import barzilai_borwein
from lropt_jax.rates.control import control
from lropt_jax.rates.dog import dog
from lropt_jax.rates.dowg import dowg
from lropt_jax.rates.gen import gen
from lropt_jax.rates.greedy import greedy
from lropt_jax.rates.hypergradient import hypergradient
from lropt_jax.rates.line_search import line_search
from lropt_jax.rates.mechanic import mechanic
from lropt_jax.rates.momo import momo
from lropt_jax.rates.ngn import ngn
from lropt_jax.rates.plateau import plateau
from lropt_jax.rates.polyak import polyak

__all__ = [
    "Rate",
    "Reading",
    "adgd",
    "ali_g",
    "as_rate",
    "barzilai_borwein",
    "control",
    "dog",
    "dowg",
    "gen",
    "greedy",
    "hypergradient",
    "line_search",
    "mechanic",
    "momo",
    "ngn",
    "plateau",
    "polyak",
]
