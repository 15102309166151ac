"""Tests of factories where values belong."""

import optax
import pytest

from lropt_jax import chain, learning_rate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import least_squares, solve
from lropt_jax.rates import plateau
from lropt_jax.schedules import cosine, join, warmup
from lropt_jax.wrappers import clip_norm, groups


@pytest.mark.parametrize(
    "use",
    [
        lambda: adam.init({"w": 1.0}),
        lambda: adam.update(None, None),
        lambda: adam.learning_rate,
        lambda: adam.replace(b1=0.5),
        lambda: optax.chain(optax.clip(1.0), adam),
        lambda: optax.MultiSteps(adam, 2),
        lambda: optax.partition({"all": adam}, "all").init({"w": 1.0}),
        lambda: optax.with_extra_args_support(adam),
    ],
)
def test_what_is_asked_of_a_value_says_to_call_the_factory(use):
    with pytest.raises(
        AttributeError, match=r"^adam: \w+ must be asked of a value, got the factory; call it: adam\(1e-3\)\.$"
    ):
        use()


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: chain(adam), r"^chain: transforms must be a value, got the factory adam; call it: adam\(1e-3\)\.$"),
        (lambda: clip_norm(adam, 1.0), r"^clip_norm: optimizer must .*; call it: adam\(1e-3\)"),
        (lambda: groups({"*": adam}), r"^groups: optimizers must .*; call it: adam\(1e-3\)"),
        (lambda: sgd(cosine), r"^sgd: learning_rate must .* factory cosine; call it: cosine\(peak, steps\)"),
        (lambda: sgd(plateau), r"^sgd: learning_rate must .* factory plateau; call it: plateau\(base\)"),
        (lambda: warmup(cosine, 3), r"^warmup: schedule must .*; call it: cosine\(peak, steps\)"),
        (lambda: join([cosine, cosine], [3]), r"^join: schedules must .*; call it: cosine\(peak, steps\)"),
        (lambda: adam(1e-3, b1=cosine), r"^adam: b1 must .*; call it: cosine\(peak, steps\)"),
        (lambda: solve(least_squares(), sgd, None, 3), r"^solve: tx must be a value, .*; call it: sgd\(1e-3\)"),
        (lambda: tuple(adam), r"^adam: a value unpacks into \(init, update\), got the factory; call it: adam\(1e-3\)"),
        (lambda: 0.5 * cosine, r"^cosine: \* must have numbers, got a factory; call it: cosine\(peak, steps\)"),
        (lambda: learning_rate(adam), r"^learning_rate: state must .*; call it: adam\(1e-3\)"),
    ],
)
def test_a_factory_where_a_value_belongs_is_refused_with_the_call(use, message):
    with pytest.raises(TypeError, match=message):
        use()


def test_a_factory_has_no_attributes_that_it_does_not_have():
    assert not hasattr(adam, "init")
    assert not hasattr(adam, "__jax_array__")
    assert not hasattr(adam, "_unheard_of")
