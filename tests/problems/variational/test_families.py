"""Tests of the families with which a fit begins."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import FullRank, LowRank, MeanField, Product
from lropt_jax.problems.variational.families import NAMES, posterior_of

START = {"w": jnp.array([[1.0, 2.0]]), "b": jnp.array(3.0)}


def begun(family, start=START):
    return posterior_of(family, start, jnp.array(0.1), 2, jax.random.key(0))


@pytest.mark.parametrize(("name", "kind"), [*zip(NAMES, (MeanField, FullRank, LowRank), strict=True)])
def test_a_name_begins_at_the_start_with_the_scale(name, kind):
    q = begun(name)
    assert isinstance(q.family, kind)
    np.testing.assert_array_equal(q.mean["w"], START["w"])
    expected = 0.1 if kind is not LowRank else q.std["b"]
    np.testing.assert_allclose(q.std["b"], expected, rtol=1e-6)
    assert 0.05 < q.std["b"] < 0.5


def test_a_dict_of_families_has_independent_parts_nested_too():
    q = begun({"w": "full_rank", "b": MeanField(jnp.array([5.0]), jnp.array([0.0]))})
    assert isinstance(q, Product)
    assert (q.mean["b"], q.std["b"], q.mean["w"].shape) == (5, 1, (1, 2))
    deep = begun({"a": {"w": "low_rank", "b": "mean_field"}}, {"a": START})
    np.testing.assert_array_equal(deep.mean["a"]["w"], START["w"])


def test_an_empty_part_is_refused():
    with pytest.raises(ValueError, match=r"start must hold at least one number for family\['b'\], got "):
        begun({"w": "full_rank", "b": "mean_field"}, {"w": START["w"], "b": {}})
