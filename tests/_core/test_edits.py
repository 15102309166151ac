"""Tests of changes to every learning rate in a value."""

import optax
import pytest

from lropt_jax import chain, compat, lift
from lropt_jax._core.edits import edited
from lropt_jax._core.kinds import LearningRate, PortedRate
from lropt_jax.optimizers import adam, sgd
from lropt_jax.wrappers import accumulate, clip_norm, frozen, groups, multiply


def double(value, name):
    return value.replace(**{name: 2 * getattr(value, name)})


clip = lift(optax.clip)


@lift
def renamed(eta: LearningRate):
    return optax.sgd(eta)


@lift
def ported(eta: PortedRate):
    return optax.sgd(eta)


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
        (chain(renamed(0.1)), chain(renamed(0.2))),
    ],
)
def test_every_optimizer_with_a_rate_is_found_and_nothing_else_changed(before, after):
    assert edited(before, double) == after


def test_what_cannot_be_read_is_refused():
    for hidden in (optax.adam(0.1), chain(sgd(0.1), optax.clip(1.0)), clip_norm(optax.sgd(0.1), 1.0)):
        with pytest.raises(TypeError, match="^optimizer must be a value through and through, got Gradient.*lift"):
            edited(hidden, double)
    other = compat.torch.AdamW(lr=0.1)
    for around in (other, chain(other, sgd(0.1)), groups({"a": other, "*": sgd(0.1)})):
        with pytest.raises(TypeError, match="^every optimizer must have a learning_rate to be changed, got"):
            edited(around, double)
    with pytest.raises(TypeError, match="^every optimizer must have a learning_rate to be changed, got ported"):
        edited(chain(sgd(0.1), ported(0.1)), double)
    for none in (clip(1.0), chain(clip(1.0)), frozen(), 0.1, None):
        with pytest.raises(TypeError, match="^optimizer must have a learning_rate or hold what has one, got"):
            edited(none, double)
