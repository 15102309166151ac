"""Tests of what a value has not."""

import optax
import pytest

from lropt_jax import chain
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import dog
from lropt_jax.schedules import cosine, warmup
from lropt_jax.wrappers import clip_norm, ema, groups


@pytest.mark.parametrize(
    ("read", "place"),
    [
        (lambda: clip_norm(adam(1e-3), 1.0).learning_rate, "clip_norm: .*; read .optimizer.learning_rate."),
        (lambda: ema(clip_norm(adam(1e-3), 1.0), 0.9).b1, "ema: .*; read .optimizer.optimizer.b1."),
        (lambda: chain(clip_norm(sgd(0.1), 1.0)).max_norm, r"chain: .*; read .transforms\[0\].max_norm."),
        (lambda: warmup(cosine(1.0, 9), 3).peak, "warmup: .*; read .schedule.peak."),
        (lambda: groups({"a": sgd(0.1), "*": adam(0.1)}).b1, r"groups: .*; read .optimizers\['\*'\].b1."),
        (lambda: adam(cosine(1.0, 9)).peak, "adam: .*; read .learning_rate.peak."),
    ],
)
def test_an_argument_of_a_rule_inside_is_found(read, place):
    with pytest.raises(AttributeError, match=f"^{place}$"):
        read()


def test_a_slip_is_answered_with_the_name():
    with pytest.raises(AttributeError, match=r"^adam: .*'lr'; did you mean learning_rate\?$"):
        _ = adam(0.1).lr
    with pytest.raises(AttributeError, match=r"^cosine: .*'colour'; there are peak, steps, floor\.$"):
        _ = cosine(0.1, 9).colour


def test_replacing_what_a_rule_inside_has_says_where_it_is():
    with pytest.raises(TypeError, match="clip_norm: no argument is called 'b1'; .optimizer has it, replace it there"):
        clip_norm(adam(0.1), 1.0).replace(b1=0.5)
    with pytest.raises(TypeError, match=r"clip_norm: no argument is called 'max_morm'; did you mean max_norm\?"):
        clip_norm(adam(0.1), 1.0).replace(max_morm=0.5)


def test_a_schedule_or_a_rate_in_an_optimizers_place_says_to_give_it_to_one():
    with pytest.raises(
        AttributeError, match=r"^cosine: init must be .*, got a schedule; give it to .*: adam\(cosine\("
    ):
        optax.chain(optax.clip(1.0), cosine(1.0, 9))
    with pytest.raises(AttributeError, match=r"^dog: update must be .*, got a rate; give it to .*: adam\(dog\(...\)\)"):
        _ = dog().update
    assert not hasattr(cosine(1.0, 9), "update")
