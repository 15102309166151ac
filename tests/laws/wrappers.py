"""What wrappers keep around an optimizer."""

import jax
import numpy as np
import optax
import pytest

from laws.sharing import program
from laws.transforms import TransformLaws
from lropt_jax import learning_rate
from lropt_jax.optimizers import sgd
from lropt_jax.schedules import linear


class WrapperLaws(TransformLaws):
    """Laws of wrappers around an optimizer."""

    def test_it_works_around_optimizers_of_optax_and_is_still_a_value(self):
        tx = self.specimen.replace(optimizer=optax.sgd(0.1, momentum=0.9))
        ours = self.specimen.replace(optimizer=sgd(0.1, momentum=0.9))
        theirs, expected = program(lambda: [self.run(each, self.tree())[0] for each in (tx, ours)])()
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(theirs))
        assert tx == self.specimen.replace(optimizer=tx.optimizer)
        self.close(theirs, expected, 1e-5)

    def test_the_rate_inside_can_be_read(self):
        params = self.tree()
        tx = self.specimen.replace(optimizer=sgd(linear(0.1, 10)))
        _, state = tx.update(self.grads(params, 0), tx.init(params), params)
        assert learning_rate(state) == pytest.approx(0.1)

    def test_what_is_no_optimizer_is_refused(self):
        owner = self.specimen.factory.__name__
        with pytest.raises(TypeError, match=f"{owner}: optimizer must be a gradient transformation, got 0.1"):
            self.specimen.replace(optimizer=0.1)
