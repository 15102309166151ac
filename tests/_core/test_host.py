"""Tests of Python functions of a step."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import x64

from lropt_jax._core.host import call_host


def test_what_can_be_traced_is_part_of_the_program():
    program = str(jax.make_jaxpr(lambda step: call_host(lambda step: 0.5**step, step))(jnp.arange(3)))
    assert "callback" not in program


def test_what_branches_in_python_is_called_on_the_host():
    def halves(step):
        return 0.5 if step % 2 else 1.0

    steps = np.array([[0, 1], [2, 3]])
    for program in (call_host, jax.jit(call_host, static_argnums=0)):
        np.testing.assert_array_equal(program(halves, steps), [[1, 0.5], [1, 0.5]])
    each = jax.jit(jax.vmap(lambda step: call_host(halves, step)))(jnp.arange(4))
    np.testing.assert_array_equal(each, [1, 0.5, 1, 0.5])


def test_it_sees_whole_numbers_and_answers_in_full_precision():
    seen = []
    assert call_host(lambda step: (seen.append(step), 0.1)[1], 2.7).dtype == jnp.float32
    assert seen == [2]
    assert type(seen[0]) is int
    with x64():
        assert call_host(lambda step: 0.1, 2) == 0.1
        assert jax.jit(lambda step: call_host(lambda one: 0.1 if one else 0.2, step))(3) == 0.1
