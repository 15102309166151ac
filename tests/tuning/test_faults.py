"""Tests of problems that no rate can help, and of starts that are not finite."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from bowls import bowl

from lropt_jax.optimizers import sgd
from lropt_jax.problems import Problem
from lropt_jax.report import advice
from lropt_jax.tuning import sweep, tune
from lropt_jax.wrappers import skip_nonfinite

HOW = {"rates": [0.01, 0.1], "steps": 20, "seeds": 1, "schedule": None}
X = jnp.linspace(-1, 1, 32)


def fitted(x, loss=lambda w, batch: jnp.mean((w * batch - 3 * batch) ** 2), **rest):
    return Problem.from_loss(loss, lambda key: jnp.zeros(()), x, batch_size=8, name="line", **rest)


@pytest.mark.parametrize("held_out", [{}, {"validation": X}])
def test_a_loss_that_does_not_depend_on_the_parameters_has_no_best_rate(held_out):
    constant = fitted(X, lambda w, batch: jnp.mean(batch**2), **held_out)
    found = tune(constant, sgd, **HOW)
    assert found.final is None
    assert found.last.status.tolist() == ["unmoved"] * 2
    said = advice(found.last, [0.01, 0.1])
    assert said.startswith("No rate of line ended well: no lane moved the ")
    assert "Try --rates" not in said
    with pytest.raises(ValueError, match="ended well; no lane moved the"):
        found.best()


@pytest.mark.parametrize("schedule", [sgd, lambda rate: skip_nonfinite(sgd(rate))])
def test_nan_in_the_data_is_named(schedule):
    found = sweep(fitted(X.at[:16].set(jnp.nan), validation=X), {"sgd": schedule}, **HOW)
    assert found.status.tolist() == ["diverged"] * 2
    assert "the data hold NaN (16 numbers)" in advice(found, [0.01, 0.1])
    assert "Try --rates" not in advice(found, [0.01, 0.1])


def test_nan_that_the_loss_masks_is_no_fault():
    masked = fitted(X.at[:4].set(jnp.nan), lambda w, batch: jnp.mean(((w - 3) * jnp.nan_to_num(batch)) ** 2))
    assert sweep(masked, sgd, **HOW).status.tolist() == ["ok"] * 2
    found = sweep(masked, sgd, **HOW | {"rates": [17.0, 18.0]})
    assert "fault" not in found.engine
    assert "Try --rates" in advice(found, [17.0, 18.0])


@pytest.mark.parametrize(("first", "name"), [(jnp.nan, "nan"), (jnp.inf, "inf")])
def test_a_first_value_that_is_not_finite_is_named(first, name):
    lost = Problem(lambda key: (first + jnp.zeros(3), ()), lambda x, state, key: (x, state, x @ x))
    found = sweep(lost, sgd, **HOW)
    assert f"the first training value is {name}, before any step (seed 0)" in found.engine["fault"]
    blind = dataclasses.replace(bowl, validate=lambda x, state, key: first)
    assert f"the first validation loss is {name}, before any step" in sweep(blind, sgd, **HOW).engine["fault"]


@pytest.mark.parametrize("criterion", ["validation", "error", "training"])
@pytest.mark.parametrize("steps", [5, 200])
@pytest.mark.parametrize("first", [jnp.inf, jnp.nan])
def test_a_first_loss_of_inf_that_becomes_finite_is_no_divergence(criterion, steps, first):
    def loss(x):
        return jnp.where(jnp.max(x) > 1.5, first, x @ x)

    steep = Problem(
        init=lambda key: (jnp.full(3, 1.6), ()),
        field=lambda x, state, key: (2 * x, state, loss(x)),
        validate=(lambda x, state, key: loss(x)) if criterion == "validation" else None,
        judge=(lambda x, state: loss(x)) if criterion == "error" else None,
    )
    found = sweep(steep, sgd, **HOW | {"steps": steps, "rates": [0.1, 0.3, 50.0]})
    assert found.status.tolist() == ["ok", "ok", "diverged"]
    assert "fault" not in found.engine
    assert np.isfinite(found.validation[:2]).all()
    assert np.isfinite(found.width("sgd"))
    assert found.width("sgd") <= np.log10(3.001)


def test_values_that_stop_being_finite_are_a_divergence_as_before():
    late = dataclasses.replace(
        bowl,
        init=lambda key: (jnp.ones(3), jnp.int32(0)),
        field=lambda x, at, key: (2 * x, at + 1, jnp.where(at == 1, jnp.inf, x @ x)),
    )
    assert sweep(late, sgd, **HOW).status.tolist() == ["diverged"] * 2


def test_nan_in_the_data_ends_a_long_run_early():
    seen = []
    problem = fitted(jnp.full(32, jnp.nan), validation=X)
    sweep(problem, sgd, **HOW | {"steps": 10**6}, lanes_per_program=2, on_progress=seen.append)
    assert seen[-1].alive == 0
    assert len(seen) < 1000
