"""Tests of Optax's masks."""

import jax.numpy as jnp
import numpy as np
import optax

from lropt_jax.compat.optax import adadelta, adafactor, adamaxw, adamw, ademamix, lamb, lars, lion, nadamw
from lropt_jax.compat.optax.masks import whole

PARAMS = {"layer": {"w": jnp.ones((2, 3)), "b": jnp.ones(3)}, "scale": jnp.ones(()), "none": None}


def test_prefixes_reach_the_leaves():
    everywhere = {"layer": {"w": True, "b": True}, "scale": True, "none": None}
    assert whole(None) is None
    assert whole(True)(PARAMS) == everywhere
    assert whole({"layer": True, "scale": False, "none": None})(PARAMS) == everywhere | {"scale": False}
    assert whole(lambda params: {"layer": False, "scale": True, "none": None})(PARAMS)["layer"] == {
        "w": False, "b": False,
    }  # fmt: skip


def test_masks_pass_to_every_optimizer_that_has_one():
    mask = {"layer": {"w": True, "b": False}, "scale": False, "none": None}
    for make in (
        lambda mask: adamw(0.5, weight_decay=1.0, mask=mask),
        lambda mask: adamw(0.5, weight_decay=1.0, mask=mask, nesterov=True),
        lambda mask: nadamw(0.5, weight_decay=1.0, mask=mask),
        lambda mask: adamaxw(0.5, weight_decay=1.0, mask=mask),
        lambda mask: ademamix(0.5, weight_decay=1.0, mask=mask),
        lambda mask: lion(0.5, weight_decay=1.0, mask=mask),
        lambda mask: adafactor(0.1, weight_decay_rate=0.5, weight_decay_mask=mask),
    ):
        tx, zeros = make(mask), optax.tree_utils.tree_zeros_like(PARAMS)
        updates, _ = tx.update(zeros, tx.init(PARAMS), PARAMS)
        for place, share in (("w", 0.5), ("b", 0.0)):
            np.testing.assert_allclose(updates["layer"][place], -share * PARAMS["layer"][place])
        assert updates["scale"] == 0


def test_masks_of_the_trust_ratio_and_of_inner_decay_are_optaxs():
    mask = {"layer": {"w": True, "b": False}, "scale": True, "none": None}
    grads = optax.tree_utils.tree_scale(0.1, PARAMS)
    for ours, theirs in (
        (lars(0.1, 0.3, mask, 0.1, 0.0, mask), optax.lars(0.1, 0.3, mask, 0.1, 0.0, mask)),
        (lamb(0.1, weight_decay=0.3, mask=mask), optax.lamb(0.1, weight_decay=0.3, mask=mask)),
        (adadelta(0.1, 0.9, 1e-6, 0.3, mask), optax.adadelta(0.1, 0.9, 1e-6, 0.3, mask)),
    ):
        updates, expected = (tx.update(grads, tx.init(PARAMS), PARAMS)[0] for tx in (ours, theirs))
        for place in ("w", "b"):
            np.testing.assert_allclose(updates["layer"][place], expected["layer"][place], rtol=1e-5)
        np.testing.assert_allclose(updates["scale"], expected["scale"], rtol=1e-5)
