"""Markov chains on any density: their transitions, and the draws that they keep."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.brief import brief
from lropt_jax._core.numbers import real
from lropt_jax._core.refusal import Refused, naming
from lropt_jax._core.trees import Tree
from lropt_jax.objectives import log_acceptance
from lropt_jax.problems.sampling.warmup import Warmup, adapted, cold, gathered, spread, windows
from lropt_jax.problems.views import Lines

OWNER = "metropolis"


class Chains(NamedTuple):
    """Where the chains of a sampler stand, what its warmup has found, and the draws that they keep.

    Example:
        See `metropolis`: `solve(...).draws` are the `draws` of its state.
    """

    positions: jax.Array  # (chains, d), the arrays of a tree one after another
    log_densities: jax.Array  # (chains,) there
    slopes: jax.Array  # (chains, d) gradients there, (chains, 0) for a random walk
    steps: jax.Array  # () int32: made so far
    warmup: Warmup
    acceptance: jax.Array  # () the mean since the warmup
    ring: Tree  # (chains, draws, ...) each. Row `written % draws` is the next one to be written
    written: jax.Array  # () int32: draws written so far

    def __repr__(self) -> str:
        return brief(self)

    @property
    def draws(self) -> Tree:
        """The draws in their order, (chains, draws, ...) each. Inside a compiled program, rows to come are NaN."""
        batch = jnp.ndim(self.written)  # of lanes
        axis, written = batch + 1, self.written
        kept = jax.tree.leaves(self.ring)[0].shape[axis]
        if not isinstance(written, jax.core.Tracer):
            most = int(jnp.max(written))
            if most <= kept:
                return jax.tree.map(lambda leaf: jax.lax.slice_in_dim(leaf, 0, most, axis=axis), self.ring)

        def ordered(leaf: jax.Array, at: jax.Array) -> jax.Array:
            return jnp.roll(leaf, -jnp.where(at > kept, at % kept, 0), axis=1)

        for _ in range(batch):
            ordered = jax.vmap(ordered)
        return jax.tree.map(lambda leaf: ordered(leaf, written), self.ring)


def begin(
    density: Any, start: Any, step: jax.Array, key: jax.Array,
    *, chains: int, draws: int, langevin: bool, drawn: bool, dense: bool,
) -> tuple[jax.Array, Chains]:  # fmt: skip
    """The log step, and the chains before their first step: all at `start`, or each where `start(key)` says."""
    if drawn:
        trees = jax.tree.map(real, jax.vmap(start)(jax.random.split(key, chains)))
    else:
        trees = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (chains, *leaf.shape)), start)
    ring = jax.tree.map(lambda leaf: jnp.full((chains, draws, *leaf.shape[1:]), jnp.nan, leaf.dtype), trees)
    positions = jnp.concatenate([leaf.reshape(chains, -1) for leaf in jax.tree.leaves(trees)], 1)
    log_densities, slopes = jax.vmap(lambda at: looked_at(density, ring, at, langevin))(positions)
    zero = jnp.zeros((), jnp.int32)
    warmup = cold(jnp.log(step), positions.shape[1], dense=dense)
    return jnp.log(step), Chains(positions, log_densities, slopes, zero, warmup, real(0), ring, zero)


def advance(
    density: Any, target: jax.Array, log_step: jax.Array, chains: Chains, key: jax.Array,
    *, warmup: int, thinning: int, langevin: bool, plain: bool,
) -> tuple:  # fmt: skip
    """One step of all chains: the field of the problem.

    During the warmup the direction is minus the step of `control`, so that `sgd(1.0)` makes just this step. After it
    the chains keep the step that they have, whatever the optimizer does with a direction of 0.
    """
    made = chains.steps
    log_step = jnp.where(made <= warmup, log_step, chains.warmup.log_step)
    found = chains.warmup._replace(log_step=log_step)
    (positions, log_densities, slopes), accepted = _moved(
        density, jnp.exp(log_step), found.factor, langevin, chains, key
    )
    acceptance = jnp.mean(accepted)

    def learn(found: Warmup) -> tuple[jax.Array, Warmup]:
        return adapted(found, acceptance, target, positions, made, () if plain else windows(warmup))

    direction, found = jax.lax.cond(made < warmup, learn, lambda found: (jnp.zeros_like(log_step), found), found)
    after = made + 1 - warmup  # steps since the warmup
    more = jnp.where(after > 0, (acceptance - chains.acceptance) / jnp.maximum(after, 1), 0)
    ring, written = _kept(chains, positions, (after > 0) & (after % thinning == 0))
    acceptances = chains.acceptance + more
    chains = Chains(positions, log_densities, slopes, made + 1, found, acceptances, ring, written)
    return direction, chains, acceptance, {"step": jnp.exp(log_step)}


def off_target(target: jax.Array, log_step: jax.Array, chains: Chains) -> jax.Array:
    """How far the acceptance since the warmup is from its target."""
    return jnp.abs(chains.acceptance - target)


def traces(log_step: jax.Array, chains: Chains) -> Lines:
    """The first coordinate of at most four chains, draw by draw."""
    first = jax.tree.leaves(chains.draws)[0]
    paths = jnp.reshape(first, (*first.shape[:2], -1))[:4, :, 0]
    return Lines(jnp.arange(paths.shape[1]), {f"chain {at}": path for at, path in enumerate(paths)}, "draw", "value")


def scalar(density: Any, tree: Tree) -> jax.Array:
    """The log density of a tree."""
    value = density(tree)
    shape = "a tuple" if isinstance(value, tuple) else f"shape {jnp.shape(value)}"
    if shape != "shape ()":
        with naming(OWNER):
            raise Refused(f"log_density must return a scalar, got {shape}; sum over data and coordinates.")
    return real(value)


def looked_at(density: Any, ring: Tree, position: jax.Array, langevin: bool) -> tuple[jax.Array, jax.Array]:
    """The log density at one position (d,), and its gradient for Langevin proposals."""
    value = lambda position: scalar(density, _tree(ring, position))  # noqa: E731
    return jax.value_and_grad(value)(position) if langevin else (value(position), position[:0])


def _tree(ring: Tree, positions: jax.Array) -> Tree:
    """Positions (..., d) as a tree, (..., a) for each array (chains, draws, a) of the ring."""
    leaves, structure = jax.tree.flatten(ring)
    ends = np.cumsum([0, *(leaf[0, 0].size for leaf in leaves)])
    parts = [positions[..., low:high] for low, high in itertools.pairwise(ends)]
    shaped = [part.reshape(*part.shape[:-1], *leaf.shape[2:]) for part, leaf in zip(parts, leaves, strict=True)]
    return jax.tree.unflatten(structure, shaped)


def _moved(
    density: Any, step: jax.Array, factor: jax.Array, langevin: bool, chains: Chains, key: jax.Array
) -> tuple[tuple, jax.Array]:
    """Where the chains are after a proposal each, and the probabilities of acceptance (chains,).

    One call draws the noise and the coins, which costs a third of three calls.
    """

    def transition(x: jax.Array, log_p: jax.Array, slope: jax.Array, noise: jax.Array) -> tuple[tuple, jax.Array]:
        here, look = (x, log_p, slope), lambda y: looked_at(density, chains.ring, y, langevin)
        there, log_a = proposed(look, step, factor, langevin, here, noise[:-1])
        accepted = jnp.exp(log_a)
        go = jax.scipy.special.ndtr(noise[-1]) < accepted
        return tuple(jnp.where(go, new, old) for new, old in zip(there, here, strict=True)), accepted

    count, size = chains.positions.shape
    noise = jax.random.normal(key, (count, size + 1), chains.positions.dtype)
    return jax.vmap(transition)(chains.positions, chains.log_densities, chains.slopes, noise)


def proposed(
    look: Callable, step: jax.Array, factor: jax.Array, langevin: bool, here: tuple, noise: jax.Array
) -> tuple[tuple, jax.Array]:
    """A proposal `y = x + h S (z + a(x))`, and the log of its acceptance.

    For Langevin `a = h / 2 S^T grad log p`, cut to the length sqrt(d) that noise usually has. Far from the mode a chain
    would overshoot with every proposal, and never move (Roberts and Tweedie 1996, Bernoulli 2, section 1.4.3). The
    noise that leads back from `y` is `-(z + a(x) + a(y))`.
    """
    x, log_p, slope = here
    if not langevin:
        y = x + step * spread(factor, noise)
        log_q, slope = look(y)
        return (y, log_q, slope), log_acceptance(log_p, log_q)

    def drift(slope: jax.Array) -> jax.Array:
        full = step / 2 * gathered(factor, slope)
        return full * jnp.minimum(1, jnp.sqrt(full.size / jnp.sum(full**2)))

    ahead = drift(slope)
    y = x + step * spread(factor, noise + ahead)
    log_q, turned = look(y)
    back = noise + ahead + drift(turned)
    return (y, log_q, turned), log_acceptance(log_p, log_q, -jnp.sum(noise**2) / 2, -jnp.sum(back**2) / 2)


def _kept(chains: Chains, positions: jax.Array, go: jax.Array) -> tuple[Tree, jax.Array]:
    """The ring with one more draw of each chain, where it is time for one. XLA writes it in place."""

    def put(ring: jax.Array, new: jax.Array) -> jax.Array:
        at = chains.written % ring.shape[1]
        return ring.at[:, at].set(jnp.where(go, new, ring[:, at]))

    return jax.tree.map(put, chains.ring, _tree(chains.ring, positions)), chains.written + go
