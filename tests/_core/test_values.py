"""Tests of values: what a learning rule is."""

import copy
import pickle
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import Optimizer, Schedule, lift
from lropt_jax.optimizers import adam, decay, sgd
from lropt_jax.rates import plateau
from lropt_jax.schedules import cosine, cosine_restarts, exponential, join, linear, step_decay, stretch, warmup
from lropt_jax.wrappers import clip_norm


def test_numbers_are_leaves_and_the_rest_is_the_tree():
    tx = sgd(cosine(1e-3, 100), momentum=0.9, nesterov=True)
    assert jax.tree.leaves(tx) == [1e-3, 100, 0.0, 0.9]
    assert jax.tree.structure(tx) != jax.tree.structure(tx.replace(nesterov=False))
    assert jax.tree.structure(tx) == jax.tree.structure(tx.replace(momentum=0.5))


def test_arguments_are_read_by_name_however_deep():
    tx = adam(warmup(cosine(1e-3, 100), 10))
    assert tx.learning_rate.schedule.peak == 1e-3
    assert tx.b1 == 0.9
    assert tx.arguments["eps"] == 1e-8
    with pytest.raises(
        AttributeError, match="^adam: Optimizer has no attribute or argument 'beta'; there are learning"
    ):
        _ = tx.beta


def test_tab_completion_shows_the_arguments():
    for value in (adam(0.1), cosine(0.1, 9), plateau(0.1), clip_norm(adam(0.1), 1.0), decay(0.1)):
        assert {*value.arguments, "replace"} <= {*dir(value)}
    assert "update" in dir(adam(0.1))


def test_replace_checks_as_a_call_does():
    tx = adam(1e-3)
    assert tx.replace(b1=0.5) == adam(1e-3, b1=0.5)
    with pytest.raises(ValueError, match="adam: b1 must be in"):
        tx.replace(b1=2.0)
    with pytest.raises(TypeError, match="adam: no argument is called 'beta'; there are learning_rate, b1, b2, eps"):
        tx.replace(beta=1)


def test_equal_values_compile_once_as_static_arguments_too():
    traces = []

    @partial(jax.jit, static_argnums=0)
    def rate(schedule, step):
        traces.append(step)
        return schedule(step)

    for _ in range(2):
        rate(cosine(0.1, 10), 3)
    assert len(traces) == 1


def test_values_with_arrays_compare_hash_and_copy():
    one, two = linear(jnp.array(0.5), np.float32(10)), linear(0.5, 10)
    assert one == two
    assert hash(one) == hash(two)
    assert copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == two
    assert linear(jnp.array([0.5, 1.0]), 10) != linear(jnp.array([0.5, 2.0]), 10)
    assert one != 0.5


def test_arrays_print_shortly():
    assert repr(linear(jnp.float32(0.1), jnp.array([10, 20]))) == "linear(peak=0.1, steps=array([10, 20]), floor=0.0)"


def test_numbers_were_checked_once_and_trees_of_them_may_be_anything():
    negative = jax.tree.map(lambda leaf: -1.0 * leaf, linear(0.1, 10))
    assert negative(0) == np.float32(-0.1)
    with pytest.raises(ValueError, match="linear: peak must be finite and >= 0"):
        negative.replace(steps=10)


def test_no_tracer_is_kept():
    inner = lift(make_array_schedule)(0.5)
    assert jax.jit(lambda: inner(3))() == 0.5
    assert inner(3) == 0.5


def make_array_schedule(peak):
    held = jnp.asarray(peak)  # a tracer, inside a trace
    return lambda step: held + 0 * step


def test_values_are_differentiated_by_their_horizon():
    slope = jax.grad(lambda schedule: schedule(5.0))(linear(1.0, 10.0))
    assert slope.steps == pytest.approx(0.05)
    assert isinstance(slope, Schedule)


def test_sharding_and_donation_treat_them_as_trees():
    tx = jax.device_put(jax.tree.map(jnp.asarray, adam(1e-3)), jax.devices()[0])
    assert isinstance(tx, Optimizer)
    assert jax.jit(lambda tx: tx, donate_argnums=0)(tx) == adam(jnp.float32(1e-3), b1=jnp.float32(0.9)).replace(
        b2=jnp.float32(0.999), eps=jnp.float32(1e-8)
    )


def test_an_optimizer_is_an_optax_transformation_by_type():
    assert isinstance(adam(1e-3), optax.GradientTransformationExtraArgs)
    init, update = adam(1e-3)
    assert callable(init)
    assert callable(update)


def test_arguments_cannot_be_set_in_place():
    tx = adam(0.1)
    with pytest.raises(
        AttributeError, match=r"adam: learning_rate cannot be set; replace\(learning_rate=\.\.\.\) makes"
    ):
        tx.learning_rate = 1.0
    assert tx == adam(0.1)


@pytest.mark.filterwarnings("error")
def test_what_overflows_or_divides_by_nothing_gives_no_warning():
    rules = (
        exponential(1.0, 1, decay=1e30),
        step_decay(1.0, 1, decay=1e30),
        stretch(cosine(1.0, 100), 1e39),
        warmup(cosine(1e300, 10), 10),
        cosine_restarts(1.0, 1e-3, growth=3.0),
        linear(1.0, 2**31 - 1),
    )
    for rule in rules:
        for step in (0, 37, 2**31 - 1, 2**40):
            rule(step)
        assert rule.end is None or isinstance(float(rule.end), float)


def test_an_eager_rate_is_that_of_a_compiled_program_inside_other_rules_too():
    rule = warmup(join([linear(0.1, 9), lambda step: 0.05 * jnp.exp(-step), cosine(0.1, 9)], [9, 20]), 4)
    steps = np.arange(40)
    np.testing.assert_allclose(rule(steps), jax.jit(rule)(steps), rtol=2e-6)
    np.testing.assert_allclose([rule(int(step)) for step in steps], rule(steps), rtol=2e-6)


def test_functions_that_are_no_values_get_arrays_of_jax():
    seen = []
    warmup(lambda step: (seen.append(step), 0.1)[1], 5)(37)
    assert all(isinstance(step, jax.Array) for step in seen)
