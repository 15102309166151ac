"""Tests of `chain`."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from laws import stacked

from lropt_jax import chain, learning_rate, lift
from lropt_jax.optimizers import adam, sgd

clip = lift(optax.clip_by_global_norm)


def test_it_is_optax_chain():
    ours, theirs = chain(clip(1.0), sgd(0.1)), optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1))
    grads = jnp.array([3.0, 4.0])
    np.testing.assert_allclose(
        ours.update(grads, ours.init(grads))[0], theirs.update(grads, theirs.init(grads))[0], rtol=1e-6
    )


def test_it_is_a_value_as_far_as_its_parts_are():
    tx = chain(clip(1.0), optax.identity(), adam(0.1))
    assert jax.tree.leaves(tx) == [1.0, 0.1, 0.9, 0.999, 1e-8]
    assert tx == chain(*tx.transforms)
    assert tx != chain(clip(2.0), *tx.transforms[1:])
    assert learning_rate(tx.init(jnp.ones(2))) == np.float32(0.1)


def test_chains_are_stacked_and_mapped():
    txs = [chain(clip(bound), sgd(0.1)) for bound in (1.0, 5.0, 100.0)]
    grads = jnp.array([3.0, 4.0])
    together = jax.vmap(lambda tx: tx.update(grads, tx.init(grads))[0])(stacked(txs))
    np.testing.assert_allclose(together, [[-0.06, -0.08], [-0.3, -0.4], [-0.3, -0.4]], rtol=1e-6)


def test_what_is_no_transformation_is_refused():
    with pytest.raises(TypeError, match="chain: transforms must be a gradient transformation, got 0.1"):
        chain(0.1)


def test_a_chain_of_nothing_is_refused():
    with pytest.raises(ValueError, match="chain: transforms must be at least one, got none"):
        chain()
