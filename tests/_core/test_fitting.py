"""Tests of what is said of a state that is not of the optimizer."""

import jax
import jax.numpy as jnp
import optax
import pytest

from lropt_jax import chain
from lropt_jax._core.fitting import fitting
from lropt_jax.optimizers import adam, sgd
from lropt_jax.rates import dog, dowg, plateau
from lropt_jax.wrappers import ema, groups, per_leaf, skip_nonfinite

PARAMS = {"a": jnp.ones(2), "b": jnp.ones(3)}
PLAIN, FALLING = sgd(0.1, momentum=0.9), sgd(plateau(0.1), momentum=0.9)
OF_ANOTHER = {
    "rate": ("sgd", FALLING, PLAIN, "no rate/scale, rate/best, rate/since_best, rate/bad_results and 5 more"),
    "rates": ("sgd", sgd(dowg()), sgd(dog()), "no rate/start, rate/distance, rate/weighted_squares"),
    "moments": ("adam", adam(0.1), PLAIN, "no mu, nu"),
    "inside": ("sgd", skip_nonfinite(FALLING), skip_nonfinite(PLAIN), "no rate/scale"),
    "chain": ("sgd", chain(optax.clip(1.0), FALLING), chain(optax.clip(1.0), PLAIN), "no rate/scale"),
    "group": ("sgd", groups({"*": FALLING}), groups({"*": PLAIN}), "no rate/scale"),
    "leaf": ("sgd", per_leaf(FALLING), per_leaf(PLAIN), "no rate/scale"),
    "around": ("ema", ema(PLAIN), PLAIN, "no updates_made, average"),
}


@pytest.mark.parametrize(("owner", "tx", "other", "lacks"), OF_ANOTHER.values(), ids=OF_ANOTHER)
def test_a_state_of_another_optimizer_is_refused_with_what_it_lacks_and_what_to_do(owner, tx, other, lacks):
    state = other.init(PARAMS)
    for update in (tx.update, jax.jit(tx.update)):
        with pytest.raises(ValueError, match=rf"^{owner}: state must be one of this .*, got {lacks}.*; lropt_jax.rest"):
            update(PARAMS, state, PARAMS, value=1.0)


def test_a_state_for_other_parameters_is_refused_with_their_place():
    state = PLAIN.init({"a": jnp.ones(2), "b": jnp.ones(4)})
    with pytest.raises(
        ValueError, match=r"got trace/b of float32\[4\] in the place of float32\[3\]; lropt_jax.restate"
    ):
        PLAIN.update(PARAMS, state)


def test_no_state_and_parameters_in_its_place_are_refused():
    for state in (None, (), PARAMS, 0.1):
        with pytest.raises(ValueError, match=r"^sgd: state must be one of this optimizer .*, got no count, learning_r"):
            PLAIN.update(PARAMS, state, PARAMS)


def test_a_state_of_dicts_is_refused_by_its_container():
    with pytest.raises(
        ValueError, match=r"got a dict in the place of a SGDState; lropt_jax.restate\(tx, state, params"
    ):
        PLAIN.update(PARAMS, PLAIN.init(PARAMS)._asdict(), PARAMS)


def test_an_error_with_another_cause_stays_what_it_is():
    def broken(params):
        raise KeyError("mine")

    tx = optax.GradientTransformation(PLAIN.init, lambda grads, state, params=None: broken(params))
    state = ema(tx).init(PARAMS)
    with pytest.raises(KeyError, match="mine"):
        ema(tx).update(PARAMS, state, PARAMS)
    with pytest.raises(TypeError, match="mine"), fitting(broken, None, None):
        raise TypeError("mine")
