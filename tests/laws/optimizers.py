"""What optimizers keep, which have a learning rate."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from laws.sharing import once, program
from laws.transforms import TransformLaws
from lropt_jax.schedules import constant, linear


class OptimizerLaws(TransformLaws):
    """Laws of optimizers.

    `rate_name`: what the learning rate is called. `shaping`: numbers that decide shapes, which no schedule sets.
    """

    rate_name = "learning_rate"
    shaping: tuple[str, ...] = ()

    def at_rate(self, rate: Any) -> Any:
        return self.specimen.replace(**{self.rate_name: rate})

    @property
    def numbers(self) -> dict[str, Any]:
        """The arguments that are data and plain numbers."""
        static = {*self.specimen.factory.static, *self.shaping}
        return {
            name: number
            for name, number in self.specimen.arguments.items()
            if type(number) in (int, float) and name not in static
        }

    @once
    def variants(self) -> dict[str, Any]:
        """Runs of the specimen with its numbers given in other ways, in one program."""
        following = self.specimen.replace(**{name: constant(number) for name, number in self.numbers.items()})
        static = {*self.specimen.factory.static, *self.shaping}
        injected = optax.inject_hyperparams(self.specimen.factory, static_args=static)(**self.specimen.arguments)
        params, falling = self.tree(), self.at_rate(linear(0.1, 4))
        return program(
            lambda rates: {
                "following": self.run(following, params)[0],
                "injected": self.run(injected, params)[0],
                "falling": self.rates(falling, params, 6),
                "twice the rate": jax.vmap(lambda rate: self.at_rates_first_update(rate, params))(rates),
            }
        )(jnp.array([0.1, 0.2]))

    def at_rates_first_update(self, rate: Any, params: Any) -> Any:
        tx = self.at_rate(rate)
        return tx.update(self.grads(params, 0), tx.init(params), params)[0]

    def test_the_state_records_the_rate_of_the_last_update(self):
        first, recorded = self.variants["falling"]
        schedule = linear(0.1, 4)
        assert first == schedule(0)
        np.testing.assert_array_equal(recorded, schedule(np.arange(6)))
        assert recorded.dtype == jnp.float32

    def test_a_number_and_a_schedule_have_the_same_state(self):
        fixed, falling = (jax.eval_shape(self.at_rate(rate).init, self.tree()) for rate in (0.1, linear(0.1, 10)))
        assert jax.tree.structure(fixed) == jax.tree.structure(falling)

    def test_every_number_may_follow_a_schedule(self):
        self.close(self.variants["following"], self.trained(self.specimen))

    def test_the_update_is_proportional_to_the_rate(self):
        for pair in jax.tree.leaves(self.variants["twice the rate"]):
            self.close(2 * pair[0], pair[1], 1e-6)

    def test_inject_hyperparams_takes_its_factory(self):
        self.close(self.variants["injected"], self.trained(self.specimen), 1e-4)

    def test_negative_rates_are_refused(self):
        with pytest.raises(ValueError, match=f"{self.rate_name} must be finite and >= 0, got -0.1"):
            self.at_rate(-0.1)
