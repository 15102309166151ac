"""Every kind of transformation at every place where people call one: the same steps come out.

The suite runs a diagonal, in which each meets each kind of the other. All cells: `pytest -m "slow or not slow"`.
"""

import equinox_sites  # noqa: F401  # adds its sites
import jax
import numpy as np
import optax
import pytest
from framework_sites import SITES, run

from lropt_jax import chain, lift
from lropt_jax.optimizers import adafactor, adam, adamw, lamb, muon, prodigy, sgd, sm3
from lropt_jax.rates import dog, plateau
from lropt_jax.schedules import cosine, warmup
from lropt_jax.wrappers import (
    accumulate,
    clip_adaptive,
    clip_norm,
    clip_value,
    ema,
    groups,
    lookahead,
    master_weights,
    multiply,
    per_leaf,
    polyak_ruppert,
    schedule_free,
    skip_nonfinite,
    stochastic_rounding,
)

TRANSFORMATIONS = {
    "sgd": sgd(0.1, momentum=0.9, nesterov=True),
    "adamw": adamw(warmup(cosine(0.1, 60), 5)),
    "adafactor": adafactor(0.1, min_dim_size_to_factor=2),
    "sm3": sm3(0.1),
    "muon": muon(0.1),
    "lamb": lamb(0.1),
    "prodigy": prodigy(1.0),
    "dog": sgd(dog()),
    "plateau": adam(plateau(0.1)),
    "accumulate": accumulate(adam(0.1), 2),
    "clip_norm": clip_norm(adamw(0.1), 1.0),
    "clip": clip_value(clip_adaptive(adam(0.1)), 0.5),
    "ema": ema(adam(0.1)),
    "groups": groups({"kernel": muon(0.1), "*": sgd(0.1, momentum=0.9)}),
    "multiply": multiply(adam(0.1), {"kernel": 2.0}),
    "per_leaf": per_leaf(clip_norm(adam(0.1), 1.0)),
    "lookahead": lookahead(polyak_ruppert(adam(0.1)), 2),
    "master_weights": master_weights(adam(0.1)),
    "schedule_free": schedule_free(sgd(0.1)),
    "skip_nonfinite": skip_nonfinite(adamw(0.1)),
    "stochastic_rounding": stochastic_rounding(adam(0.1)),
    "chain": chain(lift(optax.clip)(1.0), adamw(0.1)),
}
DIAGONAL = 6  # of so many cells, one is in the suite
EXPECTED = {}


def cells():
    for row, name in enumerate(TRANSFORMATIONS):
        for column, place in enumerate(SITES):
            yield pytest.param(name, place, marks=[] if (row + column) % DIAGONAL == 0 else pytest.mark.slow)


@pytest.mark.parametrize(("name", "place"), list(cells()))
def test_the_same_steps_come_out(name, place):
    tx = TRANSFORMATIONS[name]
    found = SITES[place](tx)
    if name not in EXPECTED:
        EXPECTED[name] = jax.tree.map(np.asarray, run(tx))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), found, EXPECTED[name])
