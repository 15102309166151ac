"""The gradient noise scale: how large a batch must be before the gradient is more signal than noise."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike

from lropt_jax._core.accumulators import square, wide
from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import BelowOne, NonNegative, Positive
from lropt_jax._core.learned import learned
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import real
from lropt_jax._core.reductions import total
from lropt_jax._core.refusal import Refused, WrongType


class NoiseScale(NamedTuple):
    """Sums of the estimates so far, and what they say. Give it to the next call as `before`.

    `NoiseScale.empty()` has no estimate yet: the first carry of a `scan`.
    """

    noise_sum: jax.Array  # () of estimates of tr(Sigma)
    signal_sum: jax.Array  # () of estimates of |G|^2
    weight: jax.Array  # () how many estimates that is

    @classmethod
    def empty(cls) -> "NoiseScale":
        """No estimate yet."""
        return cls(*(jnp.zeros_like(real(0)) for _ in cls._fields))

    @property
    def noise(self) -> jax.Array:
        """tr(Sigma): the variance of the gradient of one example, summed over all parameters. NaN: no estimate yet."""
        return self.noise_sum / self.weight

    @property
    def signal(self) -> jax.Array:
        """|G|^2: the square of the true gradient, without its noise. It may be estimated below 0."""
        return self.signal_sum / self.weight

    @property
    def value(self) -> jax.Array:
        """The noise scale `tr(Sigma) / |G|^2`, in examples: the critical batch. Infinite: no signal was found."""
        noise, signal = jnp.maximum(self.noise, 0), self.signal
        found = jnp.where(signal > 0, noise / jnp.where(signal > 0, signal, 1), jnp.inf)
        return jnp.where(jnp.isnan(self.noise + signal), jnp.nan, found)

    def rate(self, batch: ArrayLike, largest: ArrayLike) -> jax.Array:
        """The best rate of `sgd` at a batch, `largest / (1 + value / batch)`, if `largest` is best without noise.

        It is equation 2.6 of arXiv:1812.06162. For `adam` the paper finds a power between 1/2 and 1 of it.
        """
        return real(largest) / (1 + self.value / real(batch))

    def rate_at(self, batch: ArrayLike, rate: ArrayLike, known_batch: ArrayLike) -> jax.Array:
        """The rate for another batch, from one that is good at a known batch."""
        known, other = real(known_batch), real(batch)
        ratio = (1 + self.value / known) / (1 + self.value / other)
        return real(rate) * jnp.where(jnp.isinf(self.value), other / known, ratio)

    def more_steps(self, batch: ArrayLike) -> jax.Array:
        """How many times the steps of a huge batch a batch needs: `1 + value / batch`. At `value` itself: 2."""
        return 1 + self.value / real(batch)

    def more_examples(self, batch: ArrayLike) -> jax.Array:
        """How many times the examples of a tiny batch a batch needs: `1 + batch / value`. At `value` itself: 2."""
        return 1 + real(batch) / self.value


@checked
def noise_scale(
    grads: optax.Updates, batch: Positive = 1, *, before: NoiseScale | None = None, decay: BelowOne | None = None
) -> NoiseScale:
    """Estimate the simple noise scale from gradients of several batches at the same parameters.

    `tr(Sigma) / |G|^2`, with `G` the true gradient and `Sigma` the covariance of that of one example (McCandlish et al.
    2018, arXiv:1812.06162, equation 2.9). Batches much smaller waste nothing but time, and the rate goes with the
    batch; batches much larger hardly help, and the rate stays. It grows during a run.

    The mean of `|g|^2` over the batches and `|mean g|^2` differ by noise alone, which gives estimates of both without a
    bias (appendix A.1). Their ratio has one, so averages of both are kept apart: pass what it returns to the next call.
    A single call is very noisy: average over 50 or more.

    Args:
        grads: Gradients, each leaf with one more axis in front, (n, ...), n >= 2: those of n batches, as `vmap` of
            `jax.grad` or the steps of an accumulation give them. Leaves of whole numbers and None count nothing.
        batch: The examples in each of the n batches, > 0. 1: gradients of single examples.
        before: What the last call returned. None: this is the first.
        decay: How much of the earlier estimates to keep, in [0, 1), as 0.99. None: all, for a mean of all calls.

    Returns:
        A `NoiseScale`: `.value` the scale, in examples; `.noise` tr(Sigma); `.signal` |G|^2; `.rate(batch, largest)`,
        `.rate_at(batch, rate, known_batch)`, `.more_steps(batch)`, `.more_examples(batch)`, all () float32. Memory:
        three numbers.

    Raises:
        TypeError: `grads` holds no arrays of floats, or `before` is no `NoiseScale`.
        ValueError: Leaves have no common first axis of 2 or more, or a number is outside its range.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> x = jax.random.normal(jax.random.key(0), (1000,)) + 2  # gradients of examples: mean 2, variance 1
        >>> noise_scale(x).value.round(2)
        Array(0.24, dtype=float32)
    """
    leaves, many = _stack(grads)
    small = sum((real(jnp.mean(_squares(leaf))) for leaf in leaves), start=real(0))
    large = total(square(jnp.mean(wide(leaf), axis=0)) for leaf in leaves)
    one = real(batch)
    return _joined(_estimates(small, large, one, one * many), before, decay)


@checked
def noise_scale_of_squares(
    small: NonNegative,
    large: NonNegative,
    batch: Positive,
    large_batch: Positive,
    *,
    before: NoiseScale | None = None,
    decay: BelowOne | None = None,
) -> NoiseScale:
    """Estimate the noise scale from squared lengths of gradients at two batch sizes.

    Choose it where gradients are not kept side by side: in an accumulation, sum `|g|^2` of each part beside the
    gradients; on several devices, take the mean of their own `|g|^2` beside that of the mean gradient.

    Args:
        small: `|g|^2` with `batch` examples, >= 0; the mean over several batches is better.
        large: `|g|^2` with `large_batch` examples, >= 0, at the same parameters.
        batch: The examples behind `small`, > 0.
        large_batch: The examples behind `large`, > 0, another number.
        before: What the last call returned. None: this is the first.
        decay: How much of the earlier estimates to keep, in [0, 1). None: all, for a mean of all calls.

    Returns:
        A `NoiseScale`, as `noise_scale` gives.

    Raises:
        ValueError: A number is outside its range, or both batches are alike.

    Example:
        >>> noise_scale_of_squares(5.0, 4.5, 1, 2).value  # |G|^2 = 4, tr(Sigma) = 1
        Array(0.25, dtype=float32)
    """
    concrete = not any(isinstance(size, jax.core.Tracer) for size in (batch, large_batch))
    if concrete and batch == large_batch:
        raise Refused(f"large_batch must be another number than batch, {batch}, got {large_batch}.")
    sizes = (real(number) for number in (small, large, batch, large_batch))
    return _joined(_estimates(*sizes), before, decay)


def _estimates(small: jax.Array, large: jax.Array, batch: jax.Array, large_batch: jax.Array) -> tuple:
    """tr(Sigma) and |G|^2 from `E |g|^2 = |G|^2 + tr(Sigma) / batch` at two batches."""
    noise = (small - large) / (1 / batch - 1 / large_batch)
    return noise, (large_batch * large - batch * small) / (large_batch - batch)


def _joined(estimates: tuple, before: NoiseScale | None, decay: Any) -> NoiseScale:
    last = NoiseScale.empty() if before is None else before
    keep = real(1) if decay is None else real(decay)
    return NoiseScale(*(keep * kept + new for kept, new in zip(last, (*estimates, real(1)), strict=True)))


def _squares(leaf: jax.Array) -> jax.Array:
    """|g|^2 of each gradient in a stack."""
    return jnp.sum(square(leaf), axis=tuple(range(1, leaf.ndim)))


def _stack(grads: optax.Updates) -> tuple[list[jax.Array], int]:
    """The leaves of a stack of gradients, and how many gradients it holds."""
    leaves = [jnp.asarray(leaf) for leaf in jax.tree.leaves(learned(grads)) if hasattr(leaf, "dtype")]
    leaves = [leaf for leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.inexact)]
    if not leaves:
        raise WrongType(f"grads must hold arrays of floats, got {shown(grads)}.")
    counts = {leaf.shape[:1] for leaf in leaves}
    if len(counts) > 1 or min(counts) < (2,):
        raise Refused(
            f"grads must have a first axis of 2 gradients or more, the same for all leaves, got the shapes "
            f"{shown([leaf.shape for leaf in leaves])}; stack those of several batches."
        )
    return leaves, leaves[0].shape[0]
