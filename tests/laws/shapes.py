"""What transformations keep where parameters are shapes alone, or none at all."""

import jax

from laws.runs import Runs


class ShapeLaws(Runs):
    """Laws of `init` without numbers."""

    def test_init_survives_eval_shape_an_empty_tree_and_none_leaves(self):
        shapes = jax.eval_shape(self.specimen.init, self.tree())
        assert jax.tree.structure(shapes) == jax.tree.structure(self.specimen.init(self.tree()))
        for empty in ({}, (), {"a": None}):
            updates, _ = jax.eval_shape(lambda e: self.specimen.update(e, self.specimen.init(e), e), empty)
            assert updates == empty

    def test_init_takes_shapes_in_the_place_of_parameters(self):
        params = self.tree()
        shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), params)
        states = [self.specimen.init(given) for given in (shapes, params)]
        kinds = [jax.tree.map(lambda leaf: (type(leaf), leaf.shape, leaf.dtype), state) for state in states]
        assert kinds[0] == kinds[1]
