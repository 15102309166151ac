"""Tests of what to write where a rule of another kind stands."""

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax import chain
from lropt_jax.optimizers import adam, adamw, decay, sgd
from lropt_jax.problems import least_squares, solve
from lropt_jax.rates import dog, plateau
from lropt_jax.schedules import cosine, join, scale, warmup
from lropt_jax.wrappers import clip_norm, groups

rate = cosine(1e-3, 9)


class Holder:
    tx = sgd(0.1)


@pytest.mark.parametrize(
    ("use", "remedy"),
    [
        (lambda: clip_norm(rate, 1.0), r"clip_norm: optimizer .*; give it to an optimizer: adam\(cosine\(...\)\)"),
        (lambda: clip_norm(1.0, adam(0.1)), r"clip_norm: optimizer .* got 1.0; give it to an optimizer: adam\(1.0\)"),
        (lambda: clip_norm(Holder(), 1.0), "clip_norm: optimizer .*; give its tx"),
        (lambda: clip_norm([sgd(0.1), sgd(0.1)], 1.0), r"clip_norm: optimizer .*; join them: chain\(...\)"),
        (lambda: clip_norm((len, len), 1.0), r"clip_norm: optimizer .*optax.GradientTransformation\(init, update\)"),
        (lambda: clip_norm(lambda rate: sgd(rate), 1.0), "clip_norm: optimizer .*; call it"),
        (lambda: groups({"*": dog()}), r"groups: optimizers\['\*'\] .*; give it to an optimizer: adam\(dog\(...\)\)"),
        (lambda: chain(rate), r"chain: transforms .*: adam\(cosine\(...\)\)"),
        (lambda: chain(decay(0.1)), "chain: transforms .*; it is an optimizer's weight_decay"),
        (lambda: solve(least_squares(), rate, jax.random.key(0), 3), r"solve: tx .*: adam\(cosine\(...\)\)"),
        (lambda: solve(least_squares(), sgd(0.1), 0, 3), r"solve: key must be a jax.random.key, got 0; write jax"),
    ],
)
def test_what_is_no_optimizer_is_refused_with_what_to_do_with_it(use, remedy):
    with pytest.raises(TypeError, match=f"^{remedy}"):
        use()


@pytest.mark.parametrize(
    ("use", "remedy"),
    [
        (lambda: warmup(sgd(0.1), 3), "warmup: schedule .*; it takes no optimizer, a rate goes inside an optimizer"),
        (lambda: adam(sgd(0.1)), "adam: learning_rate .*; it takes no optimizer"),
        (lambda: adam(optax.sgd(0.1)), "adam: learning_rate .*; it takes no optimizer"),
        (lambda: plateau(sgd(0.1)), "plateau: base .*; it takes no optimizer"),
        (lambda: join([sgd(0.1), rate], [3]), "join: schedules .*; it takes no optimizer"),
        (lambda: scale(dog(), 0.5), "scale: schedule .*; it takes no rate that sets itself, only an optimizer's lear"),
        (lambda: adamw(1e-3, weight_decay=dog()), "adamw: weight_decay .*; it takes no rate that sets itself"),
        (lambda: adam(decay(0.1)), "adam: learning_rate .*; it is an optimizer's weight_decay"),
        (lambda: cosine(rate, 3), "cosine: peak .*; it takes no schedule"),
        (lambda: adam("1e-3"), "adam: learning_rate .* got '1e-3'; write 1e-3 without quotes"),
        (lambda: adam([1e-3]), r"adam: learning_rate .* got \[0.001\]; write 0.001"),
        (lambda: adam({"w": 1e-3}), r"adam: learning_rate .*; for single parameters write multiply\("),
        (lambda: adam(dict), "adam: learning_rate .*; it is a class, make one"),
        (lambda: adam("fast"), r"adam: learning_rate must be a number or a schedule, got 'fast'\.$"),
    ],
)
def test_what_is_no_rate_is_refused_with_what_to_do_with_it(use, remedy):
    with pytest.raises(TypeError, match=f"^{remedy}"):
        use()


def test_arrays_stay_numbers():
    assert adam(jnp.ones(3)).learning_rate.shape == (3,)
