"""Tests of what rewriting rules share."""

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax import chain, lift
from lropt_jax.optimizers import adam, adamw, ademamix, cocob, decay, lamb, novograd, sgd
from lropt_jax.rates import Rate
from lropt_jax.schedules import cosine, linear, scale, stretch
from lropt_jax.transfer.edits import decay_changes, multiplied, stretched
from lropt_jax.wrappers import accumulate, groups, lookahead, multiply, polyak_ruppert


def test_schedules_of_every_number_are_stretched_wherever_they_stand():
    rate = linear(0.1, 10)
    tx = groups({
        "a": sgd(rate, momentum=linear(0.9, 5), weight_decay=decay(0.1, mask={"a": True})),
        "*": multiply(adam(0.3), {"b": rate}),
    })  # fmt: skip
    assert stretched(tx, 2) == groups({
        "a": sgd(stretch(rate, 2), momentum=stretch(linear(0.9, 5), 2), weight_decay=decay(0.1, mask={"a": True})),
        "*": multiply(adam(0.3), {"b": stretch(rate, 2)}),
    })  # fmt: skip


def test_plain_functions_of_the_step_are_stretched_and_masks_are_not():
    def mask(params):
        return True

    weights = decay(lambda step: step, mask=mask)
    tx = stretched(adamw(lambda step: step, b1=lambda step: step / 10, weight_decay=weights), 4)
    assert (tx.learning_rate(8), tx.b1(8)) == (2, pytest.approx(0.2))
    assert (tx.weight_decay.strength(8), tx.weight_decay.mask) == (2, mask)
    assert stretched(lift(optax.adam)(lambda step: step), 4).learning_rate(8) == 2
    assert stretched(lift(optax.adamw)(0.1, mask=mask), 4).mask is mask
    assert stretched(lamb(0.1, trust_mask=mask), 4).trust_mask is mask
    with_peak = stretched(sgd(0.1, weight_decay=decay(0.1, goes_with="schedule", peak=linear(0.1, 10))), 2)
    assert with_peak.weight_decay.peak == stretch(linear(0.1, 10), 2)


def test_plain_functions_of_the_step_inside_an_argument_are_stretched_and_functions_of_parameters_are_not():
    def by_depth(params):
        return {"*": 0.5}

    assert stretched(multiply(adam(0.3), {"b": lambda step: step}), 4).multipliers["b"](8) == 2
    assert stretched(multiply(adam(0.3), by_depth), 4).multipliers is by_depth


def test_numbers_and_schedules_are_multiplied():
    assert multiplied("x", 0.5, 4) == 2
    assert multiplied("x", cosine(0.1, 10), 4) == scale(cosine(0.1, 10), 4)
    for odd in (Rate(None, None), "high", None, True):
        with pytest.raises(TypeError, match="^x must be a number or a schedule to be multiplied, got"):
            multiplied("x", odd, 4)


@pytest.mark.parametrize(
    ("optimizer", "changed"),
    [
        (adamw(0.1, weight_decay=0.3), 0.3 / 8),  # share of a step: rate * weight_decay
        (adamw(0.1, weight_decay=decay(0.3)), decay(0.3 / 8)),
        (adamw(0.1, weight_decay=decay(0.3, mask={"w": True})), decay(0.3 / 8, mask={"w": True})),
        (adamw(0.1, weight_decay=decay(0.3, goes_with="rate")), decay(0.3 / 8, goes_with="rate")),
        (adamw(0.1, weight_decay=decay(0.3, goes_with="nothing")), decay(0.3 / 4, goes_with="nothing")),
        (
            adamw(0.1, weight_decay=decay(0.3, goes_with="schedule", peak=0.1)),
            decay(0.3 / 4, goes_with="schedule", peak=0.2),
        ),
        (
            adamw(0.1, weight_decay=decay(0.3, goes_with="rate squared", peak=0.1)),
            decay(0.3 / 8, goes_with="rate squared", peak=0.2),
        ),
        (adamw(0.1, weight_decay=decay(0.3, goes_with="gradients")), None),
        (adamw(0.1, weight_decay=linear(0.3, 10)), scale(linear(0.3, 10), 1 / 8)),
        (novograd(0.1, weight_decay=0.3), None),
        (novograd(0.1, weight_decay=decay(0.3)), None),
        (novograd(0.1, weight_decay=decay(0.3, goes_with="rate")), decay(0.3 / 8, goes_with="rate")),
        (cocob(0.1, weight_decay=0.3), None),
        (lift(optax.adamw)(0.1, weight_decay=0.3), 0.3 / 8),
        (adam(0.1), None),
        (sgd(0.1), None),
    ],
)
def test_the_decay_of_a_whole_run_stays(optimizer, changed):
    found = decay_changes(optimizer, 4, rate=0.5, steps=1.0, kept="timescale")
    assert found == ({} if changed is None else {"weight_decay": changed})


def test_the_number_is_kept_on_request_but_a_peak_goes_with_the_rate():
    def number(weight_decay):
        return decay_changes(adamw(0.1, weight_decay=weight_decay), 4, rate=0.5, steps=1.0, kept="number")

    assert number(0.3) == number(decay(0.3, goes_with="nothing")) == {}
    peaked = decay(0.3, goes_with="schedule", peak=0.1)
    assert number(peaked) == {"weight_decay": peaked.replace(peak=0.2)}


def test_a_decay_that_stays_is_not_touched_by_rounding():
    tx = sgd(0.1, weight_decay=0.3)
    assert decay_changes(tx, 7, rate=1.0, steps=-1.0, kept="timescale") == {}


def test_other_lengths_in_steps_are_multiplied_wherever_they_stand():
    tx = chain(ademamix(linear(0.1, 10), warmup_steps=100), polyak_ruppert(sgd(0.1), start=30))
    assert stretched(tx, 2) == chain(
        ademamix(stretch(linear(0.1, 10), 2), warmup_steps=200), polyak_ruppert(sgd(0.1), start=60)
    )
    assert stretched(ademamix(0.1), 2) == ademamix(0.1)
    moving = stretched(ademamix(0.1, warmup_steps=linear(100.0, 10)), 2).warmup_steps
    assert moving(10) == 100  # half of 100, and twice as long
    assert stretched(accumulate(lookahead(sgd(0.1), 5), 4), 2) == accumulate(lookahead(sgd(0.1), 5), 4)


def test_values_of_one_kind_compile_once():
    traces = []
    step = jax.jit(lambda tx: (traces.append(tx), tx.init(1.0))[1])
    for factor in (2, 3, 4):
        step(stretched(adam(linear(0.1, 10)), factor))
    assert len(traces) == 1


def test_classes_are_no_functions_of_the_step():
    typed = lift(optax.adamw)(linear(0.1, 10), mu_dtype=jnp.bfloat16)
    assert stretched(typed, 2) == lift(optax.adamw)(stretch(linear(0.1, 10), 2), mu_dtype=jnp.bfloat16)
