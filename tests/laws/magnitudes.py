"""What holds of gradients of 0, and of huge ones."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


class MagnitudeLaws:
    """Laws of the size of gradients. `moves_again`: whether anything moves in the steps after one huge gradient."""

    specimen: Any
    tree: Any
    step: Any
    moves_again = True

    def test_zero_gradients_move_nothing_but_what_decays(self):
        params = self.tree()
        state = self.specimen.init(params)
        for place in range(3):
            updates, params, state = self.step(self.specimen, place, 0.0, params, state)
            assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(updates))
        decay = self.specimen.arguments.get("weight_decay")
        if not decay:
            assert all(np.all(leaf == 0) for leaf in jax.tree.leaves(updates))

    def test_one_gradient_of_1e20_leaves_everything_finite_and_the_rule_moves_again(self):
        params, states, moved = self.tree(), [self.specimen.init(self.tree())], []
        for place, scale in enumerate((1.0, 1e20, 1.0, 1.0, 1.0)):
            updates, params, state = self.step(self.specimen, place, scale, params, jax.tree.map(jnp.array, states[-1]))
            states.append(jax.tree.map(np.asarray, state))
            moved.append(any(np.any(leaf != 0) for leaf in jax.tree.leaves(updates)))
            assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves((updates, params)))
        for old, new in zip(*map(jax.tree.leaves, (states[1], states[-1])), strict=True):
            assert np.all(np.isfinite(new) | ~np.isfinite(old))
        assert any(moved[2:]) or not self.moves_again
