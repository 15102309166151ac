"""What rates keep that set themselves."""

import functools
import json
import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from laws.sharing import once, program
from laws.transforms import TransformLaws
from lropt_jax import from_config, learning_rate, lift, parse, to_config
from lropt_jax._core.accumulators import wide
from lropt_jax.optimizers import adam, lion, sgd
from lropt_jax.schedules import linear, product
from lropt_jax.wrappers import master_weights, skip_nonfinite


@lift
def fed(optimizer: Any) -> Any:
    """An optimizer that is given everything that a rate may read, of a bowl with a loss above 0."""

    def loss(params: Any) -> Any:
        return 1 + sum((jnp.sum(jnp.square(wide(leaf))) for leaf in jax.tree.leaves(params)), start=0.0) / 2

    def update(grads: Any, state: Any, params: Any = None, **extra: Any) -> Any:
        reads = {"value": loss(params), "value_fn": loss, "grad": grads, "measured": loss(params)}
        return optimizer.update(grads, state, params, **(extra | reads))

    return optax.GradientTransformationExtraArgs(optimizer.init, update)


class LearningLaws:
    """Laws of what learns its rate in a run, beside those of its kind. `apart`: it looks at all parameters at once."""

    apart = False
    lanes = 64

    def test_one_step_that_is_not_finite_is_skipped_and_leaves_nothing(self):
        tx, params = skip_nonfinite(self.specimen), self.tree()

        @program
        def good_and_bad(params: Any) -> Any:
            _, state = tx.update(self.grads(params, 0), tx.init(params), params)
            bad = jax.tree.map(lambda leaf: leaf.at[..., 0].set(jnp.nan), params)
            return state.inner, *tx.update(bad, state, params)

        before, updates, after = good_and_bad(params)
        assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))
        jax.tree.map(np.testing.assert_array_equal, after.inner, before)

    def test_a_run_resumed_from_a_file_is_the_run_that_never_stopped_bit_for_bit(self):
        def go(params: Any, state: Any, places: range) -> Any:
            for place in places:
                _, params, state = self.step(self.specimen, place, 1.0, params, state)
            return jax.tree.map(np.asarray, (params, state))

        def begun() -> Any:
            return self.tree(), self.specimen.init(self.tree())

        whole = go(*begun(), range(8))
        half = pickle.loads(pickle.dumps(go(*begun(), range(4))))
        jax.tree.map(np.testing.assert_array_equal, go(*half, range(4, 8)), whole)


class RateLaws(LearningLaws, TransformLaws):
    """Laws of rates that set themselves; a subclass gives one as `rate`."""

    @property
    def specimen(self) -> Any:
        return fed(sgd(self.rate))

    @once
    def variants(self) -> dict[str, Any]:
        """Runs of the rate with other directions, after a warmup and in low precision, in one program."""
        if self.rate.revise is not None or self.rate.instead is not None:
            warm = self.rate.replace(base=linear(0.0, 3, floor=1.0))
        else:
            warm = product(self.rate, lambda step: jnp.minimum(step / 3, 1.0))
        directions = adam(self.rate), lion(self.rate), sgd(self.rate, momentum=0.9)
        low = self.tree(jnp.bfloat16)
        high = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), low)
        return program(
            lambda: {
                "directions": [self.run(fed(tx), self.tree())[0] for tx in directions],
                "rates": self.rates(self.specimen, self.tree()),
                "warm": self.run(fed(sgd(warm)), self.tree(), 8),
                "low": (self.run(master_weights(self.specimen), low)[0], self.rates(self.specimen, low)),
                "high": (self.run(self.specimen, high)[0], self.rates(self.specimen, high)),
            }
        )()

    def test_it_prints_as_a_call_that_can_be_read_back(self):
        assert parse(repr(self.rate)) == self.rate

    def test_a_config_goes_through_json_and_back(self):
        assert from_config(json.loads(json.dumps(to_config(self.rate)))) == self.rate

    def test_the_rate_is_recorded_and_never_negative(self):
        for rate in self.variants["rates"]:
            assert np.all(rate >= 0)
            assert rate.dtype == jnp.float32

    def test_it_goes_with_every_direction(self):
        for params in self.variants["directions"]:
            assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(params))

    def test_a_warmup_may_begin_at_zero(self):
        params, state = self.variants["warm"]
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((params, learning_rate(state))))
        assert np.any(params["w"] != self.tree()["w"])

    def test_a_value_or_a_measurement_that_is_not_finite_spoils_neither_parameters_nor_state(self):
        """The parameters stay finite, and three good steps later the state is finite where it was so before."""
        bad = {"value": jnp.array([jnp.nan, jnp.nan, jnp.inf]), "measured": jnp.array([0.5, jnp.nan, jnp.nan])}

        @program
        @functools.partial(jax.vmap, in_axes=(None, 0))
        def spoiled(params: Any, bad: Any) -> Any:
            _, params, before = self.step(self.specimen, 0, 1.0, params, self.specimen.init(params))
            reads = bad | {"grad": params, "value_fn": lambda p: optax.tree.norm(p, squared=True)}
            updates, state = sgd(self.rate).update(params, before, params, **reads)
            moved = optax.apply_updates(params, updates)
            good = lambda carry, place: (self.step(self.specimen, place, 1.0, *carry)[1:], None)  # noqa: E731
            last, after = jax.lax.scan(good, (moved, state), jnp.arange(1, 4))[0]
            return (moved, last), before, after

        moved, before, after = jax.tree.map(np.asarray, spoiled(self.tree(), bad))
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(moved))
        for old, new in zip(*map(jax.tree.leaves, (before, after)), strict=True):
            assert np.all(np.isfinite(new) | ~np.isfinite(old))

    def test_low_precision_parameters_move_as_their_float32_masters_do(self):
        """From one start, as far as bf16 can tell: its gradients and what they are read at are rounded."""
        (low, low_rates), (high, rates) = self.variants["low"], self.variants["high"]
        assert np.any(low["w"] != self.tree(jnp.bfloat16)["w"])
        self.close(jax.tree.map(np.float32, low), high, 2**-7, 2**-7)
        self.close(low_rates, rates, 2**-5)
