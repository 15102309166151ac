"""Tests of the look for a prior that is in the model and beside it."""

import functools
import re
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lropt_jax.objectives import FullRank, MeanField, elbo

X = np.array([[1.0, 0.5], [-0.3, 0.8], [0.2, -1.0]], np.float32)
Y = np.array([0.7, -1.3, 0.4], np.float32)
PRIOR, Q, KEY = MeanField.standard(2), MeanField(jnp.ones(2), -jnp.ones(2)), jax.random.key(0)
WORDS = "^elbo: log_p contains the prior already, and prior= adds it again: the bound counts it twice. Leave prior= out"
normal = jax.scipy.stats.norm.logpdf


def likelihood(w):
    return jnp.sum(normal(Y, X @ w, 0.5))


JOINTS = {
    "logpdf": lambda w: likelihood(w) + normal(w).sum(),
    "by hand, without constants": lambda w: -jnp.sum(w**2) / 2 + likelihood(w) - 3,
    "its own log_prob": lambda w: likelihood(w) + PRIOR.log_prob(w),
    "in two terms": lambda w: likelihood(w) - w[0] ** 2 / 2 - w[1] ** 2 / 2,
    "times a number": lambda w: 0.5 * (2 * likelihood(w) - w @ w),
    "jitted": jax.jit(lambda w: likelihood(w) + normal(w).sum()),
    "partial": jax.tree_util.Partial(lambda x, w: normal(Y, x @ w).sum() - jnp.sum(w**2) / 2, X),
}
OTHERS = {
    "likelihood": lambda w: likelihood(w),
    "another prior": lambda w: likelihood(w) - jnp.sum(w**2) / 8,
    "a penalty twice as strong": lambda w: likelihood(w) - jnp.sum(w**2),
    "nothing": lambda w: 0.0 * w.sum(),
}


@pytest.mark.parametrize("name", JOINTS)
def test_a_joint_beside_its_prior_is_found_and_said_once_where_it_is_called(name):
    with pytest.warns(UserWarning, match=WORDS) as found:
        elbo(JOINTS[name], Q, KEY, prior=PRIOR)
    assert found[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        elbo(JOINTS[name], Q, KEY, prior=PRIOR)


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_is_said_of_what_is_right(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        elbo(OTHERS[name], Q, KEY, prior=PRIOR)
        elbo(lambda w: likelihood(w) + normal(w).sum(), Q, KEY)


def test_it_is_found_inside_compiled_gradients_with_traced_data():
    def loss(q, y):
        joint = lambda w: jnp.sum(normal(y, X @ w)) + normal(w).sum()  # noqa: E731
        return elbo(joint, q, KEY, prior=MeanField.standard(2))

    with pytest.warns(UserWarning, match=WORDS):
        jax.jit(jax.grad(loss))(Q, Y)


def test_a_traced_prior_is_not_looked_at():
    joint = lambda w: likelihood(w) + normal(w).sum()  # noqa: E731
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jax.jit(lambda prior: elbo(joint, Q, KEY, prior=prior))(PRIOR)


def test_other_priors_are_known_too():
    wide = FullRank.of(jnp.ones(2), jnp.array([[2.0, 0.9], [0.9, 1.0]]))
    precision = jnp.linalg.inv(wide.covariance())

    def joint(precision, w):
        return likelihood(w) - (w - 1) @ precision @ (w - 1) / 2

    with pytest.warns(UserWarning, match=re.escape("count")):
        elbo(functools.partial(joint, precision), Q, KEY, prior=wide)
