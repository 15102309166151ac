"""A user's problem file, for the tests of `lropt tune`."""

import pytest

PROBLEM = """
import jax
import jax.numpy as jnp
from lropt_jax.problems import Problem

x = jnp.linspace(-1, 1, 32)
line = Problem.from_loss(lambda w, batch: jnp.mean((w * batch - 3 * batch) ** 2), lambda key: jnp.zeros(()), x,
                         batch_size=8, validation=x, test=x, name="line")
unlucky = Problem.from_loss(lambda w, batch: (w**2 - 1) ** 2,
                            lambda key: 0.5 + 40.0 * (1 - jax.random.bits(key) % 2), x)
still = Problem.from_loss(lambda w, batch: jnp.mean(batch**2), lambda key: jnp.zeros(()), x, name="still")
vector = Problem.from_loss(lambda w, batch: w * batch, lambda key: jnp.zeros(()), x)
short = Problem(lambda key: (jnp.zeros(()), ()), lambda w, state, key: (w, state))
number = 3

def made():
    return line

def broken():
    raise BROKEN
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PROBLEM)
    return path
