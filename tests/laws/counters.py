"""What transformations keep whose counters have stopped, or where JAX may not promote dtypes."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from laws.numbers import x64
from laws.runs import Runs


class CounterLaws(Runs):
    """Laws of the numbers in a state."""

    def test_counters_stay_at_the_largest_number(self):
        """An update in the state of a run so long that every counter has stopped."""

        def stopped(leaf: Any) -> Any:
            return (
                jnp.full_like(leaf, jnp.iinfo(leaf.dtype).max)
                if jnp.issubdtype(leaf.dtype, jnp.signedinteger)
                else leaf
            )

        params = self.tree()
        state = jax.tree.map(stopped, self.specimen.init(params))
        finite = [np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(state)]
        updates, _, after = self.step(self.specimen, 0, 1.0, params, state)
        for leaf, was_finite in zip(jax.tree.leaves(after), finite, strict=True):
            assert np.all(np.isfinite(leaf)) or not was_finite
            assert not jnp.issubdtype(leaf.dtype, jnp.signedinteger) or np.all(np.asarray(leaf) >= 0)
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(updates))

    def test_it_works_where_dtypes_are_not_promoted(self):
        def update(params: Any, grads: Any) -> Any:
            return self.specimen.update(grads, self.specimen.init(params), params)

        for on, dtype in ((False, jnp.bfloat16), (True, jnp.float32)):
            with x64(on):
                params = self.tree(dtype)
                grads = self.grads(params, 0)
                with jax.numpy_dtype_promotion("strict"):
                    jax.eval_shape(update, params, grads)
