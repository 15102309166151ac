"""Rates that follow the width of the network: the maximal update parametrisation."""

import glob
import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import optax

from lropt_jax._core.checking import checked
from lropt_jax._core.paths import REST, by_path, labelled
from lropt_jax._core.refusal import Refused


@checked
def mup_multipliers(
    params: optax.Params,
    base_params: optax.Params,
    *,
    rule: Literal["adam", "sgd"],
    layout: str | Mapping[str, str] = "in out",
) -> dict[str, float]:
    """Multipliers for `multiply` with which the best rate of a narrow network is that of a wide one (muP).

    Let `r_in` and `r_out` say how many times larger the fan in and the fan out of a parameter are than in the base
    model. The multiplier is `1 / r_in` under "adam" and `r_out / r_in` under "sgd" (Yang et al. 2022, arXiv:2203.03466,
    table 3). So under "adam", as the width grows, the rates of matrices inside the network and of its output fall; the
    rates of its input, biases, gains and embeddings stay. Under "sgd" the rates of the output fall; those of the input,
    biases, gains and embeddings rise; those of matrices inside stay if all widths grow alike.

    Choose it to tune a small model and train a large one with the result. The model must do the other half of the
    parametrisation: weights start with a variance of 1 / fan in, and output weights with 1 / (fan in)^2 or 0, each
    times the variance that the base model has; attention is divided by the width of a head and not by its root. Only
    widths may differ: muP says nothing of depth, batch and the length of the run. Gradients shrink with the width, so
    `eps` must be small beside them.

    Args:
        params: The model's parameters, or their shapes: arrays or `jax.ShapeDtypeStruct`, as from `jax.eval_shape`.
        base_params: The parameters of the model that was tuned, with the same structure.
        rule: "adam" for rules that divide by the size of the gradients: Adam, AdaGrad, RMSprop and their relatives, and
            rules of signs. "sgd" for rules whose updates are proportional to the gradients.
        layout: What the last axes of a parameter are: "in", "out", or "-" for an axis that must not differ, as those of
            a convolution's window. All earlier axes are "-". "in out" is a kernel of Flax, "out in" a weight of
            Equinox or PyTorch. A parameter with one axis is always "out". A dict from patterns, as in `multiply`, gives
            layouts to some parameters, and all others are "in out": `{"*/attention/out/kernel": "in in out"}`.

    Returns:
        A dict from the paths of parameters to their multipliers, without those that are 1.

    Raises:
        ValueError: The trees differ in structure, an axis that is "-" differs, or an argument is none of these.

    The authors' package `mup` follows table 8 instead, which trains the same function: it divides the output by its fan
    in during the forward pass, starts its weights with a variance of 1, keeps their rate under "adam" and multiplies it
    by `r_in` under "sgd". Do not multiply the decay of AdamW, as that package does not: `multiply(...,
    multiply_decay=False)`. `transfer.width` does so.

    Example:
        >>> import jax.numpy as jnp
        >>> def shapes(width):
        ...     return {"in": jnp.ones((3, width)), "hidden": jnp.ones((width, width)), "out": jnp.ones((width, 2))}
        >>> mup_multipliers(shapes(64), shapes(16), rule="adam")
        {'hidden': 0.25, 'out': 0.25}
        >>> mup_multipliers(shapes(64), shapes(16), rule="sgd")
        {'in': 4.0, 'out': 0.25}
    """
    sizes, base = by_path(params), by_path(base_params)
    for odd in sorted(sizes.keys() ^ base.keys()):
        raise Refused(f"base_params must have the parameters of params, got {odd!r} in one alone.")
    layouts = {REST: layout} if isinstance(layout, str) else layout
    patterns = by_path(labelled(params, layouts, rest=True))
    found = {}
    for path, leaf in sizes.items():
        words = layouts.get(patterns[path], "in out")
        r_in, r_out = _growth(path, np.shape(leaf), np.shape(base[path]), words)
        found[glob.escape(path)] = 1 / r_in if rule == "adam" else r_out / r_in
    return {path: multiplier for path, multiplier in found.items() if multiplier != 1}


def _growth(path: str, shape: tuple[int, ...], base: tuple[int, ...], words: str) -> tuple[float, float]:
    """How many times as large the fan in and the fan out of a parameter are."""
    axes = words.split()
    if not set(axes) <= {"in", "out", "-"}:
        raise Refused(f"layout must be of the words in, out and -, got {words!r} for {path!r}.")
    padded = ["-"] * len(shape) + axes
    roles = ["out"] if len(shape) == 1 else padded[len(padded) - len(shape) :]
    grown = [size / was if size != was else 1 for size, was in zip(shape, base, strict=False)]
    if len(shape) != len(base) or any(ratio != 1 and role == "-" for ratio, role in zip(grown, roles, strict=True)):
        raise Refused(
            f"{path!r} must differ from its base in fan in and fan out only, got {shape} and {base} "
            f"for the layout {words!r}; give it a layout of its own."
        )
    r_in, r_out = (math.prod(r for r, role in zip(grown, roles, strict=True) if role == of) for of in ("in", "out"))
    return r_in, r_out
