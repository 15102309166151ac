"""Tests of directions and rates of one's own that forget something."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import pytest

from lropt_jax import lift
from lropt_jax.optimizers import Direction, adam, descent, sgd
from lropt_jax.rates import Rate, plateau
from lropt_jax.schedules import scale, warmup
from lropt_jax.wrappers import clip_norm

X = jnp.ones(2)


class Plain(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any


class Lacking(NamedTuple):
    count: Any
    mu: Any


class Longer(NamedTuple):
    count: Any
    learning_rate: Any
    rate: Any
    mu: Any


def stepped(tx, **extra):
    return tx.update(X, tx.init(X), X, **extra)


def of(state, init, apply):
    @lift
    def mine(learning_rate):
        return descent(Direction(state, init, apply), learning_rate)

    return mine(0.1)


def slots(params):
    return {"mu": params}


def nothing(params):
    return {}


def same(grads, state, params):
    return grads, state


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((Lacking, slots, same), "state must have the fields count, learning_rate, rate, mu, got count, mu"),
        (
            (Plain, slots, same),
            "state must have the fields count, learning_rate, rate, mu, got count, learning_rate, r",
        ),
        ((Longer, nothing, same), "state must have the fields count, learning_rate, rate, got .*, mu"),
        ((dict, nothing, same), "state must be a NamedTuple, got <class 'dict'>"),
        ((Plain, lambda params: None, same), "init must return a dict of slots, got None"),
        ((Longer, lambda params: (params,), same), r"init must return a dict of slots, got \(Array"),
        ((Plain, nothing, lambda g, s, p: g), r"apply must return \(direction, state\), got Array"),
        ((Plain, nothing, lambda g, s, p: None), r"apply must return \(direction, state\), got None"),
        ((Plain, nothing, lambda g, s, p: (s, g)), r"apply must return \(direction, state\), got \(Plain"),
        ((Plain, nothing, lambda g, s, p: (g, s, p)), r"apply must return \(direction, state\), got \(Array"),
        ((Longer, slots, lambda g, s, p: (g, {"mu": g})), r"apply must return \(direction, state\), got \(Array"),
        (
            (Plain, nothing, lambda g, s, p: ({"a": g}, s)),
            "apply must return a direction like the gradients, Array.*got",
        ),
        ((Plain, nothing, lambda g, s, p: (g.sum(), s)), r"apply must return the shapes .*, \(2,\), got \(\)"),
    ],
)
def test_a_direction_that_forgets_something_is_told_what(parts, message):
    with pytest.raises(ValueError, match=f"^mine: direction.{message}"):
        stepped(of(*parts))


@pytest.mark.parametrize(
    ("init", "following", "message"),
    [
        (lambda p: 0.0, lambda s, r: (0.1, s), r"init of the rate must return \(rate, state\), got 0.0"),
        (lambda p: ((), 0.0), lambda s, r: (0.1, s), r"init of the rate must return a number first, got \(\)"),
        (lambda p: (0.0, ()), lambda s, r: 0.1, r"next of the rate must return \(rate, state\), got 0.1"),
        (lambda p: (0.0, ()), lambda s, r: None, r"next of the rate must return \(rate, state\), got None"),
        (lambda p: (0.0, ()), lambda s, r: (None, s), "next of the rate must return a number first, got None"),
        (lambda p: (0.0, ()), lambda s, r: (r.value, s), "next of the rate must return a number first, got None"),
        (lambda p: (0.0, ()), lambda s, r: ("a", s), "next of the rate must return a number first, got 'a'"),
        (lambda p: (0.0, ()), lambda s, r: (0.1, (s, 1)), "next of the rate must return a state like the one before"),
        (lambda p: (X, ()), lambda s, r: (X, s), r"the rate must have the shape \(\), got \(2,\); a stack .* jax.vmap"),
        (0.1, None, "learning_rate must be a Rate of two functions, init and next, got Rate"),
    ],
)
def test_a_rate_that_forgets_something_is_told_what(init, following, message):
    with pytest.raises(ValueError, match=f"^sgd: {message}"):
        stepped(sgd(Rate(init, following)))


def test_a_pair_of_functions_is_no_rate_yet():
    with pytest.raises(TypeError, match=r"sgd: learning_rate must .*; a rate of your own is Rate\(init, next\)"):
        sgd((nothing, nothing))


@pytest.mark.parametrize(
    "bad", [None, "a", [0.1], True, 1j, sgd(0.1), {}], ids=["None", "str", "list", "bool", "complex", "tx", "dict"]
)
def test_a_schedule_that_returns_no_number_is_refused_wherever_it_stands(bad):
    def schedule(step):
        return bad

    for owner, use in (
        ("sgd", lambda: stepped(sgd(schedule))),
        ("adam", lambda: stepped(adam(0.1, b1=schedule))),
        ("clip_norm", lambda: stepped(clip_norm(sgd(0.1), schedule))),
        ("plateau", lambda: stepped(sgd(plateau(schedule)), value=1.0)),
        ("scale", lambda: scale(schedule, 0.5)(3)),
        ("warmup", lambda: warmup(schedule, 3)(1)),
    ):
        with pytest.raises(TypeError, match=f"^{owner}: a schedule must return a number, got"):
            use()


@lift
def forgetful(peak):
    def schedule(step):
        peak * step

    return schedule


def test_a_lifted_schedule_that_forgets_to_return_is_refused():
    with pytest.raises(TypeError, match="^forgetful: a schedule must return a number, got None"):
        forgetful(0.1)(3)


def test_a_schedule_of_another_shape_or_without_a_step_is_refused():
    with pytest.raises(ValueError, match=r"^sgd: a schedule must return the shape of its step, \(\), got \(3,\)"):
        stepped(sgd(lambda step: jnp.ones(3)))
    with pytest.raises(ValueError, match=r"^scale: a schedule must return the shape of its step, \(2,\), got \(3,\)"):
        scale(lambda step: jnp.ones(3), 0.5)(jnp.arange(2))
    assert scale(lambda step: 1.0, 0.5)(jnp.arange(2)).tolist() in (0.5, [0.5, 0.5])
    with pytest.raises(TypeError, match=r"^sgd: learning_rate must be a function of the step, got <lambda>\(\)"):
        sgd(lambda: 0.1)


def test_what_is_no_direction_is_refused():
    with pytest.raises(TypeError, match="direction must be a Direction, got <function same"):
        descent(same, 0.1)
