"""Coordinates in which float32 can tell a mixture of Gaussians apart: mean 0 and variance 1."""

from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import Mixture, MixtureStatistics, mixture_from_statistics, mixture_statistics


class Frame(NamedTuple):
    """Standardised coordinates `z = (x - origin) / scale` of given data, and the E-step and M-step in them."""

    origin: jax.Array  # (d,) the mean of the data
    scale: jax.Array  # (d,) their standard deviation
    floor: jax.Array  # (d,) added to every variance of z

    @classmethod
    def of(cls, x: np.ndarray, floor: ArrayLike | None) -> Self:
        """The frame of data in double precision."""
        mean, spread = _moments(x)
        scale = real(spread)
        least = jnp.minimum(1e-6 / scale**2, 1e-5) if floor is None else real(floor) / scale**2
        return cls(real(mean), scale, least)

    def mark(self, statistics: MixtureStatistics) -> MixtureStatistics:
        """Statistics of standardised examples that say so."""
        return statistics._replace(origin=self.origin, scale=self.scale)

    def mixture(self, statistics: MixtureStatistics) -> Mixture:
        """The M-step: the mixture of standardised examples."""
        return mixture_from_statistics(statistics._replace(origin=None, scale=None), floor=self.floor)

    def expect(self, z: jax.Array, statistics: MixtureStatistics) -> tuple[MixtureStatistics, jax.Array]:
        """The E-step under the mixture of `statistics`, and minus the log likelihood of the examples as they were."""
        seen, log_likelihood = mixture_statistics(z, self.mixture(statistics))
        return self.mark(seen), jnp.sum(jnp.log(self.scale)) - log_likelihood


def standardise(examples: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Examples in the frame of the data `x`; the subtraction is in double precision, so float32 loses no digits."""
    mean, spread = _moments(x)
    return np.asarray(real((examples - mean) / spread))


def _moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each coordinate. A coordinate that never changes keeps its unit."""
    spread = np.std(x, axis=0)
    return np.mean(x, axis=0), np.where((np.ptp(x, axis=0) > 0) & (spread > 0), spread, 1.0)
