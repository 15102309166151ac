"""Tests of optimizers without their weight decay."""

import optax
import pytest

from lropt_jax.optimizers import adam, adamw, decay, lamb, sgd
from lropt_jax.wrappers._bare import without_decay


@pytest.mark.parametrize("how", [0.1, decay(0.1), decay(0.1, goes_with="rate squared", peak=1.0)])
def test_a_decoupled_decay_is_taken_out(how):
    assert without_decay(adamw(0.1, weight_decay=how)) == adamw(0.1, weight_decay=0.0)


def test_without_any_it_is_the_optimizer_itself():
    tx = sgd(0.1)
    assert without_decay(tx) is tx


@pytest.mark.parametrize(
    "optimizer",
    [
        adam(0.1),
        lamb(0.1, weight_decay=0.1),
        sgd(0.1, weight_decay=decay(0.1, goes_with="gradients")),
        optax.adamw(0.1),
    ],
    ids=["none", "own", "gradients", "optax"],
)
def test_what_has_no_decoupled_decay_of_its_own_gives_none(optimizer):
    assert without_decay(optimizer) is None
