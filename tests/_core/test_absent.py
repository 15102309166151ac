import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from lropt_jax._core.absent import aligned, completed, unboxed
from lropt_jax.optimizers import adafactor, adam, muon, sgd
from lropt_jax.wrappers import averaged, ema, frozen, groups, master_weights

MASKED = optax.MaskedNode()
BY_KIND = {"kernel": adam(0.1), "bias": sgd(0.1, momentum=0.9)}


def test_a_tree_is_completed_by_another_and_aligned_with_it():
    part, whole = {"a": None, "b": 1.0, "c": MASKED}, {"a": {"x": 2.0, "y": 3.0}, "b": 4.0, "c": 5.0}
    assert completed(part, whole) == {"a": {"x": 2.0, "y": 3.0}, "b": 1.0, "c": 5.0}
    assert aligned(part, whole) == {"a": {"x": None, "y": None}, "b": 1.0, "c": None}


def test_what_is_not_there_has_no_variable_of_flax():
    tree = {"none": nnx.Param(None), "masked": nnx.Param(MASKED), "array": nnx.Param(jnp.ones(2)), "bare": None}
    bare = unboxed(tree)
    assert (bare["none"], bare["masked"], bare["bare"]) == (None, MASKED, None)
    assert isinstance(bare["array"], nnx.Param)


@pytest.mark.parametrize(
    "tx",
    [
        groups(BY_KIND),
        groups({"kernel": muon(0.1), "bias": frozen()}),
        muon(0.1),
        adafactor(0.1, min_dim_size_to_factor=2, b1=0.9),
        master_weights(adam(0.1)),
        ema(groups(BY_KIND)),
    ],
    ids=str,
)
def test_slots_that_a_parameter_does_not_have_pass_through_nnx(tx):
    """Inside its optimizer, which takes the variables off before `update`, and by hand, where they stay on."""
    model = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
    start = jax.tree.map(jnp.array, nnx.state(model, nnx.Param))
    plain = nnx.to_pure_dict(start)
    grads = jax.tree.map(jnp.ones_like, start)
    optimizer = nnx.Optimizer(model, tx, wrt=nnx.Param)
    params, state, pure_state = start, tx.init(start), tx.init(plain)
    for _ in range(2):
        optimizer.update(model, grads)
        updates, state = tx.update(grads, state, params)
        params = optax.apply_updates(params, updates)
        updates, pure_state = tx.update(nnx.to_pure_dict(grads), pure_state, plain)
        plain = optax.apply_updates(plain, updates)
    for found in (nnx.state(model, nnx.Param), params):
        jax.tree.map(np.testing.assert_array_equal, nnx.to_pure_dict(found), plain)
    assert jax.tree.structure(state) == jax.tree.structure(tx.init(start))


def test_averages_in_groups_meet_under_nnx():
    model = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
    start = nnx.state(model, nnx.Param)
    both = groups({"kernel": ema(sgd(0.1)), "bias": ema(sgd(0.2))})
    found = averaged(nnx.Optimizer(model, both, wrt=nnx.Param).opt_state)
    jax.tree.map(np.testing.assert_array_equal, jax.tree.leaves(found), jax.tree.leaves(start))
    one = groups({"kernel": ema(sgd(0.1)), "bias": frozen()})
    found = averaged(one.init(start), start)
    jax.tree.map(np.testing.assert_array_equal, jax.tree.leaves(found), jax.tree.leaves(start))
