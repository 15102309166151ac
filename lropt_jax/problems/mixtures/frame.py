"""Coordinates in which float32 can tell a mixture of Gaussians apart: mean 0 and variance 1."""

from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.numbers import real
from lropt_jax._core.trees import ArrayLike
from lropt_jax.objectives import Mixture, MixtureStatistics, mixture_from_statistics, mixture_statistics


class Standard(NamedTuple):
    """How examples are standardised on the host: in double precision, so float32 loses no digits of them.

    Both numbers are exact in the precision of the device, so a `Frame` means the same coordinates.
    """

    mean: np.ndarray  # (d,)
    spread: np.ndarray  # (d,)

    @classmethod
    def of(cls, x: np.ndarray, covariance: str) -> Self:
        """Of data (n, d). A coordinate that never changes keeps its unit. Spherical covariances have one unit for all.

        Args:
            x: In double precision.
            covariance: The kind of the covariances.
        """
        varies = np.ptp(x, axis=0) > 0
        spread = np.std(x, axis=0)
        if covariance == "spherical":
            varies, spread = np.any(varies), np.full_like(spread, np.sqrt(np.mean(spread**2)))
        spread = np.where(varies & (spread > 0), spread, 1.0)
        return cls(*(np.asarray(real(each), float) for each in (np.mean(x, axis=0), spread)))

    def __call__(self, examples: np.ndarray) -> np.ndarray:
        """Standardised examples in the precision of the device."""
        return np.asarray(real((examples - self.mean) / self.spread))


class Frame(NamedTuple):
    """Standardised coordinates `z = (x - origin) / scale` of given data, and the E-step and M-step in them."""

    origin: jax.Array  # (d,) the mean of the data
    scale: jax.Array  # (d,) their standard deviation
    floor: jax.Array  # (d,) added to every variance of z

    @classmethod
    def of(cls, standard: Standard, floor: ArrayLike | None) -> Self:
        """The frame on the device."""
        scale = real(standard.spread)
        least = jnp.minimum(1e-6 / scale**2, 1e-5) if floor is None else real(floor) / scale**2
        return cls(real(standard.mean), scale, least)

    def mark(self, statistics: MixtureStatistics) -> MixtureStatistics:
        """Statistics of standardised examples that say so."""
        return statistics._replace(origin=self.origin, scale=self.scale, floor=self.floor)

    def mixture(self, statistics: MixtureStatistics, alive: jax.Array | None = None) -> Mixture:
        """The M-step: the mixture of standardised examples, with weights of 0 where `alive` (k,) is False."""
        made = mixture_from_statistics(statistics._replace(origin=None, scale=None, floor=self.floor))
        return made if alive is None else made._replace(weights=jnp.where(alive, made.weights, 0))

    def expect(
        self, z: jax.Array, statistics: MixtureStatistics, alive: jax.Array | None = None
    ) -> tuple[MixtureStatistics, jax.Array]:
        """The E-step under the mixture of `statistics`, and minus the log likelihood of the examples as they were."""
        seen, log_likelihood = mixture_statistics(z, self.mixture(statistics, alive))
        return self.mark(seen), jnp.sum(jnp.log(self.scale)) - log_likelihood
