"""Tests of PyTorch's schedulers of functions."""

import math

import jax
import numpy as np
import pytest
from golden_values import assert_rates, group_cases, schedule_cases

from lropt_jax import learning_rate
from lropt_jax.compat.torch import LambdaLR, MultiplicativeLR
from lropt_jax.optimizers import sgd


def function(expression):
    return eval(f"lambda t: {expression}", {"min": min, "max": max, "math": math})


def test_the_numbers_are_torch_s():
    for kind in (LambdaLR, MultiplicativeLR):
        for case in schedule_cases(kind.__name__).values():
            assert_rates(kind(case["base_lr"], function(case["params"]["lr_lambda"])), case["lrs"])


def test_parameter_groups_are_a_value_each():
    for case in group_cases("LambdaLR").values():
        for base_lr, expression, lrs in zip(case["base_lr"], case["params"]["lr_lambda"], case["lrs"], strict=True):
            assert_rates(LambdaLR(base_lr, function(expression)), lrs)


@pytest.mark.parametrize(
    "expression", ["0.95 ** t", "min((t + 1) / 20, 1)", "0.9 if t % 2 else 1", "math.exp(-t / 10)"]
)
@pytest.mark.parametrize("kind", [LambdaLR, MultiplicativeLR])
def test_python_functions_work_in_compiled_programs_stacks_and_optimizers(kind, expression):
    schedule, steps = kind(0.1, function(expression)), np.arange(12)
    eager = schedule(steps)
    np.testing.assert_allclose(jax.jit(lambda schedule: schedule(steps))(schedule), eager, rtol=1e-6)
    bases = jax.vmap(lambda base: kind(base, schedule.lr_lambda)(steps))(np.array([0.1, 0.2], np.float32))
    np.testing.assert_allclose(bases, [eager, 2 * eager], rtol=1e-6)
    tx, params = sgd(schedule), np.ones(2, np.float32)

    def body(state, _):
        state = tx.update(params, state)[1]
        return state, learning_rate(state)

    np.testing.assert_allclose(jax.lax.scan(body, tx.init(params), length=12)[1], eager, rtol=1e-6)
    assert jax.grad(lambda base: kind(base, schedule.lr_lambda)(3))(0.1) == pytest.approx(
        float(eager[3]) / 0.1, rel=1e-5
    )


def test_the_function_is_never_called_with_0_by_multiplicative_lr():
    np.testing.assert_allclose(
        MultiplicativeLR(1.0, lambda step: 1 / step)(np.arange(4)), [1, 1, 1 / 2, 1 / 6], rtol=1e-6
    )


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError, match="torch.LambdaLR: lr_lambda must be a function, got 0.5"):
        LambdaLR(0.1, 0.5)
    with pytest.raises(ValueError, match="torch.MultiplicativeLR: base_lr must be finite and >= 0, got -1"):
        MultiplicativeLR(-1, function("1"))
