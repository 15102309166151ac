"""The laws of `multiply`."""

import jax
import jax.numpy as jnp
import numpy as np
from laws import TransformLaws, WrapperLaws

from lropt_jax import learning_rate
from lropt_jax.optimizers import adam, adamw, sgd
from lropt_jax.schedules import linear
from lropt_jax.wrappers import (
    multiply,
)


class TestLaws(WrapperLaws):
    specimen = multiply(adam(0.1), {"w": 0.5})

    def test_the_rate_inside_can_be_read(self):
        tx = self.specimen.replace(optimizer=sgd(linear(0.1, 10)))
        assert learning_rate(tx.init(self.tree())) == {"w": np.float32(0.05), "*": np.float32(0.1)}


class TestLawsOfTheRestAndSchedules(WrapperLaws):
    specimen = multiply(sgd(linear(0.1, 50), momentum=0.9), {"w": linear(1.0, 10), "*": 2.0})

    def test_the_rate_inside_can_be_read(self):
        tx = self.specimen.replace(optimizer=sgd(0.1))
        assert learning_rate(tx.init(self.tree())) == {"w": np.float32(0.1), "*": np.float32(0.2)}


class TestLawsOfATree(WrapperLaws):
    specimen = multiply(adam(0.1), {"w": {"deep": 0.5}, "b": 2.0})

    def tree(self, dtype=jnp.float32):
        return super().tree(dtype) | {"w": {"deep": super().tree(dtype)["w"]}}

    def test_the_rate_inside_can_be_read(self):
        tx = self.specimen.replace(optimizer=sgd(0.1))
        assert learning_rate(tx.init(self.tree())) == {"w/deep": np.float32(0.05), "b": np.float32(0.2)}

    def test_gradients_through_a_run_are_finite_for_every_number(self):
        super().test_gradients_through_a_run_are_finite_for_every_number()
        _, slopes = self.lanes_and_slopes
        assert np.all(slopes.multipliers["w"]["deep"] != 0)


class TestLawsWithTheDecayApart(TransformLaws):
    specimen = multiply(adamw(0.1, weight_decay=0.1), {"w": 0.5}, multiply_decay=False)

    def test_zero_gradients_move_nothing_but_what_decays(self):
        params = self.tree()
        updates, _ = self.specimen.update(jax.tree.map(jnp.zeros_like, params), self.specimen.init(params), params)
        self.close(updates, jax.tree.map(lambda p: -0.1 * 0.1 * p, params))
