"""Tests of where arrays lie; `test_meshes` has those of eight devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AxisType, NamedSharding, PartitionSpec, SingleDeviceSharding

from lropt_jax._core.layout import allocated, as_cut, axes_of, beside, cut, one_place, whole
from lropt_jax.optimizers import adam, sgd

EXPLICIT, AUTO = (jax.make_mesh((1,), ("x",), axis_types=(kind,)) for kind in (AxisType.Explicit, AxisType.Auto))
ROWS = PartitionSpec("x", None)


@pytest.fixture(params=[EXPLICIT, AUTO], ids=["explicit", "auto"])
def place(request):
    return NamedSharding(request.param, ROWS)


def test_shapes_become_zeros_with_their_layout_and_arrays_stay(place):
    there = jnp.ones(2)
    params = {"shape": jax.ShapeDtypeStruct((4, 2), jnp.bfloat16, sharding=place), "array": there, "none": None}
    given = allocated(params)
    assert given["array"] is there
    assert given["none"] is None
    assert (given["shape"].dtype, given["shape"].sharding) == (jnp.bfloat16, place)
    assert not given["shape"].any()


def test_a_state_lies_where_the_parameters_do(place):
    state = adam(0.1).init({"w": jax.device_put(jnp.ones((4, 2)), place)})
    assert state.mu["w"].sharding == state.nu["w"].sharding == place
    assert state.count.sharding == state.learning_rate.sharding == NamedSharding(place.mesh, PartitionSpec())


def test_a_state_is_committed_to_the_one_device_of_parameters_that_are():
    device = jax.devices()[0]
    state = sgd(0.1).init(jax.device_put(jnp.ones(2), device))
    assert state.count.committed
    assert state.count.sharding == SingleDeviceSharding(device)
    assert not sgd(0.1).init(jnp.ones(2)).count.committed


def test_a_state_of_what_is_traced_on_one_device_or_lies_nowhere_stays():
    state = {"count": jnp.zeros(())}
    assert beside(state, {"w": jnp.ones(2), "none": None}) is state
    assert jax.jit(lambda x: jnp.float32(beside(state, x) is state))(jnp.ones(2)) == 1


def test_only_an_explicit_mesh_cuts():
    explicit, auto = (jax.device_put(jnp.ones((4, 2)), NamedSharding(mesh, ROWS)) for mesh in (EXPLICIT, AUTO))
    assert axes_of(explicit) == ROWS
    assert axes_of(auto) is axes_of(jnp.ones(2)) is None
    assert cut(auto, None, "x") is None
    assert cut(explicit, None, "x").spec == PartitionSpec(None, "x")


def test_an_array_is_made_whole_and_cut_again():
    array = jax.device_put(jnp.ones((4, 2)), NamedSharding(EXPLICIT, ROWS))
    assert axes_of(whole(array)) is None
    assert axes_of(whole(array, 0)) == axes_of(whole(array, -2)) == ROWS
    assert axes_of(as_cut(whole(array), array)) == ROWS
    plain = jnp.ones((4, 2))
    assert whole(plain) is as_cut(plain, plain) is plain


def test_one_device_is_one_place(place):
    assert one_place(jax.device_put(jnp.ones((4, 2)), place))
    assert jax.jit(lambda x: jnp.float32(one_place(x)))(jnp.ones(2)) == 1


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16, jnp.complex64])
def test_a_traced_state_is_tied_to_its_parameters_and_keeps_its_numbers(dtype, monkeypatch):
    monkeypatch.setattr(jax, "device_count", lambda: 8)
    params = {"w": jnp.array([[1, jnp.nan], [jnp.inf, -2]], dtype), "b": jnp.ones(3, dtype)}

    def made(params):
        slots = jax.tree.map(lambda leaf: leaf + jnp.ones_like(leaf), params)
        row, codes = jnp.full((2, 1), 0.5), {"w": (jnp.ones((2, 2), jnp.int8),)}
        return {"count": jnp.int32(7), "mu": slots, "row": {"w": row}, "codes": codes, "best": jnp.inf}

    state = jax.jit(lambda params: beside(made(params), params))(params)
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(made(params)), strict=True):
        assert jnp.array_equal(one, other, equal_nan=True)
    assert jax.tree.map(jnp.result_type, state) == jax.tree.map(jnp.result_type, made(params))
    reads = jax.make_jaxpr(lambda params: beside({"count": jnp.int32(7)}, params))(params)
    assert "optimization_barrier" in str(reads)


def test_a_tied_state_has_the_slopes_that_it_had(monkeypatch):
    def far(x):
        state = beside({"w": x["w"] ** 2, "d": x["d"] * 3}, x)
        return state["w"].sum() * state["d"]

    x = {"w": jnp.arange(3.0), "d": jnp.float32(2)}
    plain = jax.grad(far)(x)
    monkeypatch.setattr(jax, "device_count", lambda: 8)
    jax.tree.map(np.testing.assert_allclose, jax.grad(far)(x), plain)
    lanes = jax.vmap(far)({"w": jnp.ones((2, 3)), "d": jnp.ones(2)})
    np.testing.assert_allclose(lanes, 9)
