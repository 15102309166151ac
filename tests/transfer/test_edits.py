"""Tests of what rewriting rules share."""

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax import chain, compat, lift
from lropt_jax.optimizers import adam, adamw, novograd, sgd
from lropt_jax.rates import Rate
from lropt_jax.schedules import cosine, linear, scale, stretch
from lropt_jax.transfer.edits import decay_changes, edited, multiplied, stretched
from lropt_jax.wrappers import accumulate, clip_norm, frozen, groups, multiply


def double(value):
    return value.replace(learning_rate=2 * value.learning_rate)


clip = lift(optax.clip)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (sgd(0.1), sgd(0.2)),
        (chain(clip(1.0), sgd(0.1)), chain(clip(1.0), sgd(0.2))),
        (clip_norm(accumulate(adam(0.1), 4), 1.0), clip_norm(accumulate(adam(0.2), 4), 1.0)),
        (
            groups({"a": sgd(0.1), "b": multiply(adam(0.3), {"b": 0.5}), "*": frozen()}),
            groups({"a": sgd(0.2), "b": multiply(adam(0.6), {"b": 0.5}), "*": frozen()}),
        ),
        (chain(chain(sgd(0.1)), adam(0.1)), chain(chain(sgd(0.2)), adam(0.2))),
        (lift(optax.lion)(0.1), lift(optax.lion)(0.2)),
    ],
)
def test_every_optimizer_with_a_rate_is_found_and_nothing_else_changed(before, after):
    assert edited("owner", before, double) == after


def test_what_cannot_be_read_is_refused():
    for hidden in (optax.adam(0.1), chain(sgd(0.1), optax.clip(1.0)), clip_norm(optax.sgd(0.1), 1.0)):
        with pytest.raises(TypeError, match="owner: optimizer must be a value through and through, got Gradient.*lift"):
            edited("owner", hidden, double)
    other = compat.torch.AdamW(lr=0.1)
    for around in (other, chain(other, sgd(0.1)), groups({"a": other, "*": sgd(0.1)})):
        with pytest.raises(TypeError, match="owner: every optimizer must have a learning_rate to be changed, got"):
            edited("owner", around, double)
    for none in (clip(1.0), chain(clip(1.0)), frozen(), 0.1, None):
        with pytest.raises(TypeError, match="owner: optimizer must have a learning_rate or hold what has one, got"):
            edited("owner", none, double)


def test_schedules_of_every_number_are_stretched_wherever_they_stand():
    rate = linear(0.1, 10)
    tx = groups({
        "a": sgd(rate, momentum=linear(0.9, 5), weight_decay=0.1, mask={"a": True}),
        "*": multiply(adam(0.3), {"b": rate}),
    })  # fmt: skip
    assert stretched(tx, 2) == groups({
        "a": sgd(stretch(rate, 2), momentum=stretch(linear(0.9, 5), 2), weight_decay=0.1, mask={"a": True}),
        "*": multiply(adam(0.3), {"b": stretch(rate, 2)}),
    })  # fmt: skip


def test_plain_functions_of_the_step_are_stretched_and_masks_are_not():
    def mask(params):
        return True

    tx = stretched(adamw(lambda step: step, b1=lambda step: step / 10, mask=mask), 4)
    assert (tx.learning_rate(8), tx.b1(8), tx.mask) == (2, pytest.approx(0.2), mask)
    assert stretched(lift(optax.adam)(lambda step: step), 4).learning_rate(8) == 2


def test_plain_functions_of_the_step_inside_an_argument_are_stretched_and_functions_of_parameters_are_not():
    def by_depth(params):
        return {"*": 0.5}

    assert stretched(multiply(adam(0.3), {"b": lambda step: step}), 4).multipliers["b"](8) == 2
    assert stretched(multiply(adam(0.3), by_depth), 4).multipliers is by_depth


def test_numbers_and_schedules_are_multiplied():
    assert multiplied("owner", "x", 0.5, 4) == 2
    assert multiplied("owner", "x", cosine(0.1, 10), 4) == scale(cosine(0.1, 10), 4)
    for odd in (Rate(None, None), "high", None, True):
        with pytest.raises(TypeError, match="owner: x must be a number or a schedule to be multiplied, got"):
            multiplied("owner", "x", odd, 4)


@pytest.mark.parametrize(
    ("optimizer", "changes"),
    [
        (adamw(0.1, weight_decay=0.3), {"weight_decay": 0.3 / 8}),  # share of a step: rate * weight_decay
        (adamw(0.1, weight_decay=0.3, decay_coupling="independent"), {"weight_decay": 0.3 / 4}),
        (adamw(0.1, weight_decay=0.3, decay_coupling=0.1), {"weight_decay": 0.3 / 4, "decay_coupling": 0.2}),
        (adamw(0.1, weight_decay=0.3, decay_coupling="gradients"), {}),
        (novograd(0.1, weight_decay=0.3), {}),
        (lift(optax.adamw)(0.1, weight_decay=0.3), {"weight_decay": 0.3 / 8}),
        (adam(0.1), {}),
        (sgd(0.1), {}),
    ],
)
def test_the_decay_of_a_whole_run_stays(optimizer, changes):
    found = decay_changes("owner", optimizer, 4, rate=0.5, steps=1.0, kept="timescale")
    assert found == {name: pytest.approx(number) for name, number in changes.items()}
    number = decay_changes("owner", optimizer, 4, rate=0.5, steps=1.0, kept="number")
    assert number == {name: changes[name] for name in changes if name == "decay_coupling"}


def test_a_decay_that_stays_is_not_touched_by_rounding():
    tx = sgd(0.1, weight_decay=0.3)
    assert decay_changes("owner", tx, 7, rate=1.0, steps=-1.0, kept="timescale") == {}


def test_values_of_one_kind_compile_once():
    traces = []
    step = jax.jit(lambda tx: (traces.append(tx), tx.init(1.0))[1])
    for factor in (2, 3, 4):
        step(stretched(adam(linear(0.1, 10)), factor))
    assert len(traces) == 1


def test_classes_are_no_functions_of_the_step():
    typed = lift(optax.adamw)(linear(0.1, 10), mu_dtype=jnp.bfloat16)
    assert stretched(typed, 2) == lift(optax.adamw)(stretch(linear(0.1, 10), 2), mu_dtype=jnp.bfloat16)
