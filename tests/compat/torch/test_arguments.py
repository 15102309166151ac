"""Tests of what PyTorch's optimizers have in common."""

import jax.numpy as jnp
import numpy as np

from lropt_jax.compat.torch.arguments import climbing, l2
from lropt_jax.optimizers import adam, decay


def test_the_decay_goes_with_the_gradients_or_with_the_rate_and_none_is_none():
    assert l2(None) is l2(None, decoupled=True) is None
    assert l2(0.1) == decay(0.1, goes_with="gradients")
    assert l2(0.1, decoupled=True) == decay(0.1, goes_with="rate")


def test_climbing_changes_the_sign_of_the_gradients_and_nothing_else():
    tx, grads = adam(0.1), {"a": jnp.array([1.0, -2.0]), "none": None}
    assert climbing(tx, False) is tx
    up, _ = climbing(tx, True).update(grads, climbing(tx, True).init(grads))
    down, _ = tx.update(grads, tx.init(grads))
    np.testing.assert_array_equal(up["a"], -down["a"])
