"""Variational inference in one call, with a rate that sets itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.binding import hashable
from lropt_jax._core.checking import check, checked
from lropt_jax._core.kinds import Finite, Positive, Size
from lropt_jax._core.limits import shown
from lropt_jax._core.numbers import is_number, real
from lropt_jax._core.refusal import Refused, WrongType
from lropt_jax._core.trees import ArrayLike, Params
from lropt_jax.objectives import Product
from lropt_jax.problems.variational.families import posterior_of
from lropt_jax.problems.variational.posterior import Posterior
from lropt_jax.problems.variational.settling import settle
from lropt_jax.problems.variational.window import BLOCK

LEAST = 4 * BLOCK  # steps: two rates of two blocks each


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted posterior, and how it was found.

    Attributes:
        posterior: A distribution over trees like `start`: `sample(key, shape)`, `mean`, `std`, `log_prob(params)`,
            `entropy()`.
        elbo: The evidence lower bound, in nats, of 64 x `samples` fresh samples.
        elbo_error: Its standard error.
        converged: Whether smaller rates would gain less than `tolerance`. If not, the steps were too few.
        gain: What smaller rates may still gain, in nats: the prediction that is compared with `tolerance`.
        steps: Updates made.
        rates: The rate of each step, (steps,).
        values: The bound, a mean over each 25 steps, (steps / 25,).
    """

    posterior: Posterior | Product
    elbo: float
    elbo_error: float
    converged: bool
    gain: float
    steps: int
    rates: np.ndarray
    values: np.ndarray

    def __repr__(self) -> str:
        lost = not np.isfinite(self.elbo_error) or self.elbo_error > 1e6
        remedy = "is log_joint a density with a finite integral?" if lost else "give more steps"
        end = "converged" if self.converged else f"not converged: {remedy}"
        return (
            f"elbo {self.elbo:.6g} +- {self.elbo_error:.2g}; {end}, after {self.steps} steps at rates from "
            f"{self.rates.max():.2g} to {self.rates[-1]:.2g}\n{self.posterior!r}"
        )


@checked
def vi(
    log_joint: Callable[[Params], ArrayLike],
    start: Any,
    *,
    key: jax.Array,
    family: Any = "mean_field",
    steps: Size = 10_000,
    rate: Positive = 0.3,
    samples: Size = 8,
    scale: Positive = 0.1,
    rank: Size = 2,
    tolerance: Positive = 0.01,
) -> Fit:
    """Fit a posterior to a model by maximising the evidence lower bound. The rate sets itself.

    Adam climbs the bound along paths without the score (`"sticking_the_landing"`), and its steps are measured in the
    standard deviations of the posterior itself. So a rate means the same in all models, whatever their units are, and
    for a full-rank family whatever the correlations are. Every 25 steps:

    1. *Too low.* While the iterates only travel, the rate is multiplied by 6, up to 0.5.
    2. *Too high.* If the bound falls by more than 4 standard errors, or is not finite, the block is undone and the rate
       divided by 4.
    3. *Just right.* It stays until split R-hat says that the iterates are stationary: the last half of the steps at
       this rate is a window, its two halves are the chains, and R-hat, pooled over the numbers of the family, is below
       1.3. The average over the window is kept, and the rate is halved.
    4. *Stop* when the symmetrised KL divergence between two such averages, which is what all smaller rates together may
       still gain, is below `tolerance`.

    After 70% of the steps the rate is halved in any case. The answer is the average at the last rate.

    Points 3 and 4 are those of RABVI (Welandawe, Andersen, Vehtari and Huggins 2022, arXiv:2203.15945), which tries no
    higher rates, takes the largest R-hat over single numbers, and fits the gain by a regression. Choose vi for a
    posterior without a search for the rate; `metropolis` for draws from the exact posterior; `auto` with a `Problem` of
    your own for another optimizer.

    Parameters that must be positive, or between two numbers, need a transform inside `log_joint`, and the logarithm of
    its slope: a Gaussian covers all reals. For a scale `s = exp(t)`, that is `t`:

        def log_joint(params):
            s = jnp.exp(params["t"])
            return log_likelihood(s) + log_prior(s) + params["t"]      # log |ds / dt| = t

    Args:
        log_joint: `log p(data, params)` of one tree like `start`, to (): log-likelihood and log prior together. Bind
            data with `jax.tree_util.Partial(function, data)`: other data of the same shapes then compile nothing.
        start: The mean at the beginning: a tree (dict, list, number, nested) of finite real numbers.
        key: A `jax.random.key`, for all the noise.
        family: `"mean_field"`: independent numbers. `"full_rank"`: any covariance; up to some hundred numbers.
            `"low_rank"`: independent numbers and `rank` directions. A dict with the keys of `start` has a family for
            each; the parts are independent. Or a value, such as `FullRank(...)` over the (size,) numbers of `start`
            one after another, with which the fit begins: any pytree with `sample` and `log_prob` whose samples move.
        steps: The most updates, a whole number >= 100; the last ones that fill no 25 are not made.
        rate: Where the search begins, > 0. Rates above 0.5 begin at 0.5: in units of the posterior's own standard
            deviations larger steps overshoot.
        samples: Samples of the parameters in a step, a whole number >= 1.
        scale: Standard deviations at the beginning, > 0.
        rank: Directions of `"low_rank"`, a whole number >= 1.
        tolerance: In nats, > 0.

    Returns:
        The posterior with its bound.

    Raises:
        TypeError: `log_joint` is no function of one tree, or `start` holds other things than real numbers.
        ValueError: `log_joint` gives no finite scalar at `start`, the steps are too few, or the family is unknown, does
            not fit `start`, or is discrete.

    Memory: a dozen times the numbers of the family, and two numbers for 25 steps.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> y = jnp.array([4.8, 5.1, 5.4])
        >>> def log_joint(params):                        # y ~ N(m, 1), m ~ N(0, 10^2)
        ...     return -jnp.sum((y - params["m"]) ** 2) / 2 - params["m"] ** 2 / 200
        >>> fit = vi(log_joint, {"m": 0.0}, key=jax.random.key(0), family="full_rank")
        >>> print(f"{fit.posterior.mean['m']:.2f} +- {fit.posterior.std['m']:.2f}", fit.converged)
        5.08 +- 0.58 True
    """
    if steps < LEAST:
        raise Refused(f"steps must be a whole number >= {LEAST}, got {steps}.")
    _check_start(start)
    start = jax.tree.map(real, start)
    if not isinstance(log_joint, jax.tree_util.Partial):
        log_joint = jax.tree_util.Partial(hashable(log_joint))
    _check_model(log_joint, start)
    shape_key, key = jax.random.split(key)
    q = posterior_of(family, start, real(scale), rank, shape_key)
    found = settle(log_joint, q, key, real(rate), real(tolerance), blocks=steps // BLOCK, samples=samples)
    q, value, error, rates, values, blocks, gain = found
    made = int(blocks)
    return Fit(
        q, float(value), float(error), bool(gain <= tolerance), float(gain), BLOCK * made,
        np.repeat(np.asarray(rates)[:made], BLOCK), np.asarray(values)[:made],
    )  # fmt: skip


def _check_start(start: Any) -> None:
    leaves = jax.tree_util.tree_leaves_with_path(start, is_leaf=lambda leaf: leaf is None)
    if not sum(np.size(leaf) for _, leaf in leaves):
        raise Refused(f"start must hold at least one number, got {shown(start)}.")
    for path, leaf in leaves:
        name = f"start{jax.tree_util.keystr(path)}"
        if not is_number(leaf):
            raise WrongType(f"{name} must be real numbers, got {shown(leaf)}.")
        if not jnp.issubdtype(jnp.result_type(leaf), jnp.floating):
            kind = jnp.result_type(leaf)
            remedy = "; write 0.0 for 0: a Gaussian is over reals, sum out what is discrete"
            raise WrongType(f"{name} must be real numbers, got {kind} {shown(leaf)}{remedy}.")
        check(name, Finite, leaf)


def _check_model(log_joint: Any, start: Any) -> None:
    try:
        made = jax.eval_shape(log_joint, start)
    except jax.errors.ConcretizationTypeError:
        raise  # it says itself what cannot be traced
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise WrongType(
            f"log_joint must take a tree like start, {shown(jax.tree.map(jnp.shape, start))}, got "
            f"{type(error).__name__}: {shown(str(error))}."
        ) from error
    if not hasattr(made, "shape"):
        raise WrongType(f"log_joint must return a scalar, got {shown(made)}.")
    if made.shape != () or not jnp.issubdtype(made.dtype, jnp.floating):
        remedy = "; sum over data and coordinates" if made.shape else ""
        raise Refused(f"log_joint must return a real scalar, got {made.dtype}{list(made.shape)}{remedy}.")
    value, slopes = _looked(log_joint, start)
    if not jnp.isfinite(value):
        raise Refused(f"log_joint must be finite at start, got {value}; begin inside the support, with finite data.")
    if not all(jnp.all(jnp.isfinite(slope)) for slope in jax.tree.leaves(slopes)):
        raise Refused(f"log_joint must have a finite gradient at start, got {shown(slopes)}; begin elsewhere.")


_looked = jax.jit(lambda log_joint, start: jax.value_and_grad(lambda params: real(log_joint(params)))(start))
