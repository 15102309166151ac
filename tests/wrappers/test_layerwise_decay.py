"""Tests of `layerwise_decay`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import layerwise_decay, multiply

LAYERS = ["embed", *(f"layers/{place}/*" for place in range(12)), "head"]
PARAMS = {"embed": jnp.ones(1), "layers": [{"kernel": jnp.ones(1)} for _ in range(12)], "head": jnp.ones(1)}


def test_each_layer_has_the_rate_of_the_next_over_2_6_as_in_ulmfit():
    rates = learning_rate(multiply(sgd(0.01), layerwise_decay(LAYERS, 1 / 2.6)).init(PARAMS))
    in_order = np.array([rates[pattern] for pattern in LAYERS])
    np.testing.assert_allclose(in_order[1:] / in_order[:-1], 2.6, rtol=1e-6)
    assert in_order[-1] == np.float32(0.01)


def test_it_is_beits_scale_of_embedding_blocks_and_head():
    blocks, decay = 12, 0.65
    expected = [decay ** (blocks + 1 - layer) for layer in range(blocks + 2)]
    np.testing.assert_allclose(list(layerwise_decay(LAYERS, decay).values()), expected, rtol=1e-12)


def test_the_decay_can_be_traced():
    def moved(decay):
        tx = multiply(sgd(1.0), layerwise_decay(LAYERS, decay))
        return tx.update(PARAMS, tx.init(PARAMS), PARAMS)[0]["embed"][0]

    np.testing.assert_allclose(jax.jit(jax.grad(moved))(0.9), -13 * 0.9**12, rtol=1e-5)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="layerwise_decay: decay must be in \\(0, 1\\], got 0"):
        layerwise_decay(["a", "b"], 0)
    with pytest.raises(ValueError, match=r"layerwise_decay: decay must be in \(0, 1\], got 2"):
        layerwise_decay(["a", "b"], 2)
    with pytest.raises(ValueError, match="layerwise_decay: patterns must differ, got 'a' twice"):
        layerwise_decay(["a", "b", "a"], 0.5)
