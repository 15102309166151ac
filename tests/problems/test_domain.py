"""Tests of the domain check, on a table of probabilities that is learned by averaging."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from lropt_jax import lift
from lropt_jax.compat import torch
from lropt_jax.optimizers import adam, sgd
from lropt_jax.problems import Problem, check_domain, solve
from lropt_jax.rates import Rate, plateau
from lropt_jax.schedules import linear
from lropt_jax.wrappers import ema, lookahead, polyak_ruppert, skip_nonfinite

TABLE = jnp.array([0.5, 0.3, 0.2])


def observe(params, state, key):
    seen = jax.nn.one_hot(jax.random.choice(key, 3, p=TABLE), 3)
    return params - seen, state, jnp.sum((params - TABLE) ** 2)


learned = Problem(lambda key: (jnp.ones(3) / 3, ()), observe, domain="convex", value="monitor")


def test_averaging_at_rate_1_over_t_stays_inside_and_finds_the_table():
    solution = solve(learned, sgd(lambda step: 1 / (step + 1.0)), jax.random.key(0), 4000)
    np.testing.assert_allclose(jnp.sum(solution.params), 1, rtol=1e-5)
    np.testing.assert_allclose(solution.params, TABLE, atol=0.03)


@lift
def halving(rate):
    return ema(sgd(rate), 0.5)


@pytest.mark.parametrize(
    "tx",
    [
        polyak_ruppert(sgd(0.5)),
        ema(sgd(linear(0.5, 10)), start=3),
        ema(polyak_ruppert(sgd(0.5))),
        halving(0.5),
    ],
)
def test_rules_whose_updates_are_those_of_plain_sgd_are_taken(tx):
    plain = sgd(linear(0.5, 10) if "linear" in repr(tx) else 0.5)
    solution = solve(learned, tx, jax.random.key(0), 10)
    np.testing.assert_array_equal(solution.params, solve(learned, plain, jax.random.key(0), 10).params)
    np.testing.assert_allclose(jnp.sum(solution.optimizer_state.average), 1, rtol=1e-5)


def test_so_is_the_gradient_descent_of_another_library():
    plain = solve(learned, sgd(0.5), jax.random.key(0), 10).params
    for tx in (torch.SGD(0.5), polyak_ruppert(torch.SGD(0.5))):
        np.testing.assert_array_equal(solve(learned, tx, jax.random.key(0), 10).params, plain)
    for tx in (
        torch.SGD(0.1, momentum=0.9),
        torch.SGD(0.1, weight_decay=0.1),
        torch.SGD(0.1, maximize=True),
        torch.ASGD(),
    ):
        with pytest.raises(ValueError, match="^solve: tx must be plain sgd"):
            solve(learned, tx, jax.random.key(0), 10)
    with pytest.raises(ValueError, match="got 1.5 at step 0"):
        solve(learned, torch.SGD(1.5), jax.random.key(0), 10)


@pytest.mark.parametrize(
    "tx",
    [
        adam(0.1),
        sgd(0.1, momentum=0.9),
        sgd(0.1, weight_decay=0.1),
        optax.sgd(0.1),
        sgd(Rate(int, int)),
        sgd(plateau(0.1)),
        ema(adam(0.1)),
        polyak_ruppert(sgd(0.1, momentum=0.9)),
        ema(optax.sgd(0.1)),
        lookahead(sgd(0.1), 5),
        skip_nonfinite(sgd(0.1)),
    ],
)
def test_anything_but_plain_sgd_is_refused(tx):
    with pytest.raises(ValueError, match="^solve: tx must be plain sgd"):
        solve(learned, tx, jax.random.key(0), 10)


def test_rates_above_1_are_refused_where_they_are_first_reached():
    with pytest.raises(
        ValueError, match=r"^solve: the rate must stay in \[0, 1\] on a convex domain, got 1.5 at step 0"
    ):
        solve(learned, sgd(1.5), jax.random.key(0), 10)
    with pytest.raises(ValueError, match="got 1.25 at step 4"):
        solve(learned, sgd(lambda step: 0.25 * (step + 1)), jax.random.key(0), 10)
    for tx in (ema(sgd(1.5)), halving(1.5)):
        with pytest.raises(ValueError, match="got 1.5 at step 0"):
            solve(learned, tx, jax.random.key(0), 10)


@pytest.mark.parametrize("tx", [sgd(plateau(0.1)), optax.chain(optax.sgd(0.1), optax.contrib.reduce_on_plateau())])
def test_what_descends_a_loss_is_refused_where_the_value_is_only_watched(tx):
    watched = Problem(learned.init, learned.field, value="monitor", name="table")
    with pytest.raises(ValueError, match="^solve: tx must not need a loss on table, whose value is only watched"):
        solve(watched, tx, jax.random.key(0), 3)


def test_concrete_schedules_are_looked_at_inside_traces_too():
    jax.jit(lambda key: solve(learned, sgd(linear(1.0, 9)), key, 10).params)(jax.random.key(0))
    with pytest.raises(ValueError, match=r"got 2.0 at step 0"):
        jax.jit(lambda key: solve(learned, ema(sgd(linear(2.0, 9))), key, 10).params)(jax.random.key(0))


def test_traced_rates_and_free_domains_pass():
    jax.jit(lambda rate: check_domain(learned, sgd(rate), 10))(5.0)
    jax.jit(lambda rate: check_domain(learned, ema(sgd(linear(rate, 9))), 10))(5.0)
    free = Problem(learned.init, learned.field)
    check_domain(free, adam(5.0), 10)
