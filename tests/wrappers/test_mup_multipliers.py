"""Tests of `mup_multipliers`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import multiply, mup_multipliers

# shapes (out, in) of a model and its base, and the rates that MuAdam(lr=1) and MuSGD(lr=1) of mup 1.0.0 give them
MUP = {
    "input/weight": ((512, 10), (64, 10), 1.0, 8.0),
    "input/bias": ((512,), (64,), 1.0, 8.0),
    "hidden/weight": ((512, 512), (64, 64), 0.125, 1.0),
    "up/weight": ((2048, 512), (64, 64), 0.125, 4.0),
    "down/weight": ((512, 2048), (64, 64), 0.03125, 0.25),
    "hidden/bias": ((512,), (64,), 1.0, 8.0),
    "norm/scale": ((512,), (64,), 1.0, 8.0),
    "output/bias": ((7,), (7,), 1.0, 1.0),
    "same/weight": ((7, 10), (7, 10), 1.0, 1.0),
}


def shaped(shapes):
    return {name: jax.ShapeDtypeStruct(shape, jnp.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize(("rule", "place"), [("adam", 2), ("sgd", 3)])
def test_they_are_the_rates_of_the_mup_package_but_for_the_output(rule, place):
    expected = {name: case[place] for name, case in MUP.items() if case[place] != 1}
    model, base = (shaped({name: case[of] for name, case in MUP.items()}) for of in (0, 1))
    assert mup_multipliers(model, base, rule=rule, layout="out in") == expected
    flax = [
        jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[::-1], leaf.dtype), tree) for tree in (model, base)
    ]
    assert mup_multipliers(*flax, rule=rule) == expected


@pytest.mark.parametrize(("rule", "mup", "power"), [("adam", 1.0, 1), ("sgd", 8.0, 2)])
def test_the_output_is_the_mup_packages_without_its_division_in_the_forward_pass(rule, mup, power):
    ours = mup_multipliers(shaped({"out": (512, 7)}), shaped({"out": (64, 7)}), rule=rule)
    division = 1 / 8  # of the output by its fan in; the weights are as much smaller, the rate by its square under SGD
    assert ours == {"out": mup * division**power}


@pytest.mark.parametrize(
    ("rule", "inputs", "hidden", "output"),
    [("adam", 1, lambda fan_in, fan_out: 1 / fan_in, lambda fan_in, fan_out: 1 / fan_in),
     ("sgd", lambda fan_in, fan_out: fan_out, 1, lambda fan_in, fan_out: 1 / fan_in)],
)  # fmt: skip
def test_they_are_table_3(rule, inputs, hidden, output):
    def entry(of, fan_in, fan_out):
        return of(fan_in, fan_out) if callable(of) else of

    kinds = {
        "embed": (inputs, 5, "n"),
        "bias": (inputs, None, "n"),
        "hidden": (hidden, "n", "n"),
        "out": (output, "n", 3),
    }
    for width in (16, 64):
        found, fans = {}, {}
        for n in (16, width):
            fans[n] = {name: [n if axis == "n" else axis for axis in axes] for name, (_, *axes) in kinds.items()}
        shapes = [shaped({name: tuple(f for f in of if f) for name, of in fans[n].items()}) for n in (width, 16)]
        for name, (of, *_) in kinds.items():
            found[name] = entry(of, *fans[width][name]) / entry(of, *fans[16][name])
        assert mup_multipliers(*shapes, rule=rule) == {name: ratio for name, ratio in found.items() if ratio != 1}


def network(width, seed, mup):
    """Weights with variances of 1 / fan in, those of the output with base / (fan in)^2 under muP; inputs, targets."""
    keys = jax.random.split(jax.random.key(seed), 5)
    normal = jax.random.normal
    params = {
        "in": {"kernel": normal(keys[0], (8, width)) / 8**0.5, "bias": jnp.zeros(width)},
        "hidden": {"kernel": normal(keys[1], (width, width)) / width**0.5, "bias": jnp.zeros(width)},
        "out": {
            "kernel": normal(keys[2], (width, 1)) * (BASE**0.5 / width if mup else width**-0.5),
            "bias": jnp.zeros(1),
        },
    }
    return params, normal(keys[3], (16, 8)), normal(keys[4], (16, 1))


def outputs(params, x):
    for name in ("in", "hidden"):
        x = jax.nn.relu(x @ params[name]["kernel"] + params[name]["bias"])
    return x @ params["out"]["kernel"] + params["out"]["bias"]


BASE = 64


@functools.partial(jax.jit, static_argnames=("width", "mup", "rule"))
def change(optimizer, seed, *, width, mup, rule):
    """How much the outputs move in one step down a loss that is linear in them."""
    params, x, y = network(width, seed, mup)
    base = jax.eval_shape(lambda: network(BASE, 0, mup)[0])
    tx = multiply(optimizer, mup_multipliers(params, base, rule=rule)) if mup else optimizer
    grads = jax.grad(lambda params: jnp.mean(outputs(params, x) * y))(params)
    updates, _ = tx.update(grads, tx.init(params), params)
    return jnp.mean(jnp.abs(outputs(optax.apply_updates(params, updates), x) - outputs(params, x)))


@pytest.mark.slow
@pytest.mark.parametrize(("optimizer", "rule"), [(adam(1e-4), "adam"), (sgd(1e-3), "sgd")])
def test_one_step_moves_wide_networks_as_far_as_narrow_ones_and_not_so_in_the_standard_parametrisation(optimizer, rule):
    def growth(mup):
        moved = [[change(optimizer, seed, width=n, mup=mup, rule=rule) for seed in range(4)] for n in (1024, BASE)]
        return np.divide(*np.mean(moved, axis=1))

    assert 0.7 < growth(mup=True) < 1.4
    assert growth(mup=False) > 8  # the width has grown 16 times


def test_axes_of_any_layout_are_told_by_patterns():
    model = shaped(
        {"attention/q": (512, 8, 64), "attention/out": (8, 64, 512), "conv": (3, 3, 64, 128), "stack": (4, 64, 64)}
    )
    base = shaped(
        {"attention/q": (64, 2, 32), "attention/out": (2, 32, 64), "conv": (3, 3, 16, 32), "stack": (4, 16, 16)}
    )
    layout = {"*/q": "in out out", "*/out": "in in out"}
    assert mup_multipliers(model, base, rule="adam", layout=layout) == {
        "attention/q": 1 / 8, "attention/out": 1 / 8, "conv": 1 / 4, "stack": 1 / 4,
    }  # fmt: skip
    assert mup_multipliers(model, base, rule="sgd", layout=layout) == {}
    torch = [shaped({"conv": (128, 64, 3, 3)}), shaped({"conv": (32, 8, 3, 3)})]
    assert mup_multipliers(*torch, rule="adam", layout="out in - -") == {"conv": 1 / 8}


def test_names_with_signs_of_patterns_are_taken_as_they_are():
    found = mup_multipliers(
        shaped({"w[0]*": (8, 8), "w0": (8, 8)}), shaped({"w[0]*": (2, 2), "w0": (4, 4)}), rule="adam"
    )
    params = {"w[0]*": jnp.ones((8, 8)), "w0": jnp.ones((8, 8))}
    tx = multiply(sgd(1.0), found)
    updates, _ = tx.update(params, tx.init(params), params)
    assert (updates["w[0]*"][0, 0], updates["w0"][0, 0]) == (-0.25, -0.5)


def test_numbers_and_empty_trees_have_no_width():
    assert (
        mup_multipliers({"scale": jnp.ones(()), "none": None}, {"scale": jnp.ones(()), "none": None}, rule="sgd") == {}
    )
    assert mup_multipliers({}, {}, rule="adam") == {}


def test_bad_arguments_are_refused():
    model, base = shaped({"w": (8, 8)}), shaped({"w": (4, 4)})
    with pytest.raises(ValueError, match="mup_multipliers: rule must be one of adam, sgd, got 'lion'"):
        mup_multipliers(model, base, rule="lion")
    with pytest.raises(
        ValueError, match="mup_multipliers: base_params must have the parameters of params, got 'b' in one"
    ):
        mup_multipliers(model, shaped({"w": (4, 4), "b": (4,)}), rule="adam")
    with pytest.raises(
        ValueError, match=r"mup_multipliers: layout must be of the words in, out and -, got 'out_in' for 'w'"
    ):
        mup_multipliers(model, base, rule="adam", layout="out_in")
    with pytest.raises(
        ValueError, match=r"mup_multipliers: 'w' must differ .* got \(6, 8, 8\) and \(4, 8, 8\) for the layout"
    ):
        mup_multipliers(shaped({"w": (6, 8, 8)}), shaped({"w": (4, 8, 8)}), rule="adam")
    with pytest.raises(ValueError, match=r"mup_multipliers: 'w' must differ .* got \(8, 8\) and \(8,\) for the layout"):
        mup_multipliers(model, shaped({"w": (8,)}), rule="adam")
    with pytest.raises(
        ValueError, match="mup_multipliers: pattern 'kernel' must match a parameter, got none; near are 'w'"
    ):
        mup_multipliers(model, base, rule="adam", layout={"kernel": "in out"})
