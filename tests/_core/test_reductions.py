"""Tests of sums and maxima over all leaves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax._core.reductions import SMALL, together, total
from lropt_jax.optimizers import sgd
from lropt_jax.wrappers import clip_norm, skip_nonfinite


def reductions(program, *arguments):
    """How many reductions a function compiles to, those of branches and of each call of one function counted."""

    def count(jaxpr):
        total = 0
        for equation in jaxpr.eqns:
            parts = jax.tree.leaves([*equation.params.values()], is_leaf=lambda part: hasattr(part, "jaxpr"))
            total += equation.primitive.name.startswith("reduce_")
            total += sum(count(part.jaxpr) for part in parts if hasattr(part, "jaxpr"))
        return total

    return count(jax.make_jaxpr(program)(*arguments).jaxpr)


def test_a_total_is_over_leaves_of_all_shapes_and_types():
    leaves = [jnp.ones(3), jnp.full((2, 2), 2.0, jnp.bfloat16), jnp.full(3, 4.0), jnp.float32(0.5), jnp.ones(0)]
    assert total(leaves) == 3 + 8 + 12 + 0.5
    assert total(leaves[1:2]).dtype == jnp.float32
    assert total([]) == 0


def test_small_leaves_of_one_type_are_reduced_sixteen_at_a_time():
    leaves = [jnp.full(8, float(number)) for number in range(40)]
    assert total(leaves) == 8 * sum(range(40))
    assert reductions(total, leaves) == 3
    largest = [jnp.max(leaf) for leaf in together(jnp.maximum, leaves)]
    assert largest == [15, 31, 39]


def test_large_leaves_matrices_and_other_types_stay_by_themselves():
    large = [jax.ShapeDtypeStruct((SMALL + 1,), jnp.float32)] * 2
    assert reductions(total, large) == 2
    assert len(together(jnp.add, [jnp.ones(2), jnp.ones(3), jnp.ones(2, jnp.float16)])) == 3
    assert len(together(jnp.add, [jnp.ones((2, 2)), jnp.ones((2, 2))])) == 2


@pytest.mark.parametrize(
    ("wrapper", "few"),
    [(skip_nonfinite, 4), (lambda tx: clip_norm(tx, max_norm=1.0), 8)],  # the norm has a branch for other units
)
def test_wrappers_that_read_all_gradients_make_few_reductions(wrapper, few):
    params = [jnp.ones(4) for _ in range(64)]
    tx = wrapper(sgd(0.1))
    assert reductions(tx.update, params, tx.init(params), params) == few


def test_nan_in_any_leaf_is_seen():
    leaves = [jnp.ones(2), jnp.array([1.0, jnp.nan]), jnp.ones(2)]
    assert np.isnan(total(leaves))
    assert np.isnan(together(jnp.maximum, leaves)[0]).any()
