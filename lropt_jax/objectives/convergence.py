"""Whether Markov chains agree, and how many independent draws theirs are worth (Vehtari et al. 2021)."""

import functools
from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp

from lropt_jax._core.checking import checked
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused
from lropt_jax._core.trees import Tree


@checked
def r_hat(draws: Tree) -> Tree:
    """Rank-normalised split R-hat: how much wider all chains together are than each half of one.

    `sqrt((W (n - 1) / n + B / n) / W)`, with `W` the mean variance within the halves, of `n` draws each, and `B` that
    between their means times `n`. It is taken of the normal scores of the ranks, and of those of the distances from the
    median, and the larger one counts (Vehtari, Gelman, Simpson, Carpenter and Buerkner 2021, arXiv:1903.08008,
    equations 3 and 4, section 4). So it is defined for heavy tails, and finds chains of equal mean and other width.

    Choose it to ask whether chains from different places have met. Draws are worth a look below 1.01.

    Args:
        draws: A tree of arrays (chains, draws, ...), as in `solve(...).draws`; at least 4 draws. In an odd number the
            one in the middle is left out.

    Returns:
        A tree like it, (...) for each array: 1 at best. NaN where a draw is not finite, or none has moved.

    Raises:
        ValueError: An array has fewer than two axes, or fewer than 4 draws.

    Example:
        >>> import jax
        >>> apart = jax.random.normal(jax.random.key(0), (4, 500)) + jax.numpy.array([[0.0], [0.0], [0.0], [3.0]])
        >>> print(r_hat(apart) > 1.4, r_hat(apart[:3]) < 1.01)
        True True
    """
    return jax.tree.map(lambda leaf: _each(_r_hat, leaf), draws)


@checked
def effective_sample_size(draws: Tree, *, of: Literal["bulk", "tail", "mean"] = "bulk") -> Tree:
    """How many independent draws would estimate as well as these do.

    `m n / (1 + 2 sum_t rho_t)` over `m` half chains of `n` draws, with the autocorrelation `rho_t` that all of them
    together show. The sum is Geyer's initial monotone sequence: sums of two neighbours, `rho_2k + rho_2k+1`, as long as
    they are positive, and none above the one before it (Geyer 1992, Statistical Science 7; Vehtari et al. 2021,
    arXiv:1903.08008, equations 9 to 13). At most `m n log10(m n)`: alternating chains are better than independent ones.

    Choose "bulk" to compare samplers and to ask whether there are enough draws, "mean" for the error of an average, and
    "tail" for intervals.

    Args:
        draws: As in `r_hat`.
        of: "bulk": the normal scores of the ranks. "tail": the smaller one of the 5% and the 95% quantile. "mean": the
            draws themselves.

    Returns:
        A tree like `draws`, (...) for each array. NaN where a draw is not finite, or none has moved; there ArviZ, whose
        numbers these are, says `m n`.

    Raises:
        ValueError: An array has fewer than two axes or 4 draws, or `of` is unknown.

    Example:
        A chain whose neighbours correlate by 0.9 has one effective draw in 19:

        >>> import jax
        >>> noise = jax.random.normal(jax.random.key(0), (4000, 8))
        >>> _, draws = jax.lax.scan(lambda x, z: (0.9 * x + z,) * 2, noise[0], noise)
        >>> print(abs(effective_sample_size(draws.T) / (4000 * 8 / 19) - 1) < 0.1)
        True
    """
    found = {"bulk": _bulk, "tail": _tail, "mean": _plain}[of]
    return jax.tree.map(lambda leaf: _each(found, leaf), draws)


@functools.partial(jax.jit, static_argnums=0)
def _each(found: Callable[[jax.Array], jax.Array], draws: jax.Array) -> jax.Array:
    """A figure (...) of draws (chains, draws, ...)."""
    draws = real(draws)
    if draws.ndim < 2 or draws.shape[1] < 4 or not draws.shape[0]:
        raise Refused(f"draws must be of shape (chains, draws, ...) with at least 4 draws, got {draws.shape}.")
    flat = jnp.moveaxis(draws.reshape(*draws.shape[:2], -1), -1, 0)

    def known(chains: jax.Array) -> jax.Array:
        fine = jnp.all(jnp.isfinite(chains)) & (jnp.max(chains) > jnp.min(chains))
        return jnp.where(fine, found(chains), jnp.nan)

    return jax.lax.map(known, flat).reshape(draws.shape[2:])


def _halves(chains: jax.Array) -> jax.Array:
    half = chains.shape[1] // 2
    return jnp.concatenate([chains[:, :half], chains[:, -half:]])


def _scores(chains: jax.Array) -> jax.Array:
    """Normal scores of the ranks; equal draws share the middle of theirs."""
    ranks = jax.scipy.stats.rankdata(chains.ravel()).reshape(chains.shape)
    return jax.scipy.special.ndtri((real(ranks) - 0.375) / (chains.size + 0.25))


def _r_hat(chains: jax.Array) -> jax.Array:
    halves = _halves(chains)
    return jnp.maximum(*(_ratio(_scores(each)) for each in (halves, jnp.abs(halves - jnp.median(halves)))))


def _ratio(chains: jax.Array) -> jax.Array:
    within, between = jnp.mean(jnp.var(chains, 1, ddof=1)), jnp.var(jnp.mean(chains, 1), ddof=1)
    return jnp.sqrt(between / within + 1 - 1 / chains.shape[1])


def _bulk(chains: jax.Array) -> jax.Array:
    return _effective(_scores(_halves(chains)))


def _plain(chains: jax.Array) -> jax.Array:
    return _effective(_halves(chains))


def _tail(chains: jax.Array) -> jax.Array:
    ends = (real(chains <= jnp.quantile(chains, share)) for share in (0.05, 0.95))
    return jnp.minimum(*(_effective(_halves(end)) for end in ends))


def _effective(chains: jax.Array) -> jax.Array:
    """Effective draws of chains (m, n), n >= 2, without further splits."""
    count, length = chains.shape
    covariances = _covariances(chains)
    within = covariances[0] * length / (length - 1)
    total = covariances[0] + jnp.var(jnp.mean(chains, 1), ddof=1)
    rho = (1 - (within - covariances) / total).at[0].set(1)
    pairs = rho[0 : length - 1 : 2] + rho[1::2]
    most = max((length - 3) // 2, 0)
    good = jnp.cumprod(pairs[:most] > 0)  # Geyer's positive sequence, then his monotone one
    last = rho[2 * jnp.sum(good)]
    time = -1 + 2 * jnp.sum(good * jax.lax.cummin(pairs[:most])) + jnp.maximum(last, 0)
    draws = count * length
    return draws / jnp.maximum(time, 1 / jnp.log10(real(draws)))


def _covariances(chains: jax.Array) -> jax.Array:
    """Means over the chains of the autocovariances (n,), by the Fourier transform."""
    length = chains.shape[1]
    apart = chains - jnp.mean(chains, 1, keepdims=True)
    size = 1 << (2 * length - 1).bit_length()
    spectrum = jnp.abs(jnp.fft.rfft(apart, n=size, axis=1)) ** 2
    return jnp.fft.irfft(jnp.mean(spectrum, 0), n=size)[:length] / length
