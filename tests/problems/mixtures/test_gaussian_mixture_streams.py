"""Tests of the mixture of Gaussians on a stream of batches."""

import jax
import numpy as np
import pytest

from lropt_jax.objectives import mixture_from_statistics
from lropt_jax.optimizers import sgd
from lropt_jax.problems import gaussian_mixture, solve
from lropt_jax.problems.mixtures.gaussian_mixture import three_clusters
from lropt_jax.schedules import robbins_monro

KEY = jax.random.key(0)
DATA = three_clusters(0)


class Loader:
    """Batches of 100 in another order each time, as from a data loader."""

    def __init__(self, data):
        self.data, self.random = data, np.random.default_rng(0)

    def __iter__(self):
        for rows in np.split(self.random.permutation(len(self.data)), len(self.data) // 100):
            yield self.data[rows]


@pytest.mark.slow
@pytest.mark.parametrize("far", [0.0, 1e4])
def test_stepwise_em_of_a_stream_comes_within_1e_3_of_batch_em(far):
    batch = solve(gaussian_mixture(batch_size=None), sgd(1.0), KEY, 200).values[-1]
    problem = gaussian_mixture(Loader(DATA + far), starts=5, validation=DATA + far)
    solution = solve(problem, sgd(robbins_monro(2**-0.6, 2, exponent=0.6)), KEY, 1000, average_from=500)
    last, average = (problem.validate(params, (), KEY) for params in (solution.params, solution.average))
    assert abs(last - batch) < 1e-3
    assert abs(average - batch) < 2e-4
    fitted = mixture_from_statistics(solution.average)
    assert abs(np.mean(fitted.log_prob(DATA + far)) + batch) < (1e-3 if far else 2e-4)
    assert problem.view(solution.params, ()).points.shape == (100, 2)


def test_a_stream_may_be_a_list_or_end():
    solution = solve(gaussian_mixture(np.split(DATA, 4)), sgd(0.5), KEY, 6)
    assert np.all(np.isfinite(solution.values))
    ends = gaussian_mixture(iter(np.split(DATA, 4)))
    solve(ends, sgd(0.5), KEY, 4)  # the first batch is not lost
    with pytest.raises(ValueError, match="^gaussian_mixture: data ended after 0 batches"):
        solve(ends, sgd(0.5), KEY, 1)
    with pytest.raises(
        ValueError, match=r"^gaussian_mixture: a batch of data must have the shape \(n, 2\), got \(9, 3\)"
    ):
        solve(gaussian_mixture([DATA[:9], np.ones((9, 3))]), sgd(0.5), KEY, 3)
    with pytest.raises(ValueError, match="^gaussian_mixture: batches of data must have one shape"):
        solve(gaussian_mixture([DATA[:9], DATA[:8]]), sgd(0.5), KEY, 3)
    with pytest.raises(ValueError, match="^gaussian_mixture: batch_size must be left out for batches, got 7"):
        gaussian_mixture([DATA], batch_size=7)
    with pytest.raises(ValueError, match="components must be at most 1, the number of distinct examples in the first"):
        gaussian_mixture([np.ones((9, 2))])
