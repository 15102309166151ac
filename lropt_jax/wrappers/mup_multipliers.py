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

_RULES = ("adam", "sgd")


@checked
def mup_multipliers(
    params: optax.Params,
    base_params: optax.Params,
    *,
    rule: Literal["adam", "sgd"],
    layout: str | Mapping[str, str] = "in out",
) -> dict[str, float]:
    """Multipliers for `multiply` with which the best rate of a narrow network is that of a wide one (muP).

    With `r_in` and `r_out`, how many times as large a parameter's fan in and fan out are as in the base model, the rate
    is multiplied by `1 / r_in` under "adam" and by `r_out / r_in` under "sgd" (Yang et al. 2022, arXiv:2203.03466,
    table 3). So under "adam" the rates of matrices inside the network and of its output fall with the width, and those
    of its input, biases, gains and embeddings stay; under "sgd" those of the output fall, those of the input, biases,
    gains and embeddings rise, and those of matrices inside stay where all widths grow alike.

    Choose it to tune on a small model what a large one is trained with. The other half of the parametrisation is the
    model's: weights start with a variance of 1 / fan in, those of the output with 1 / (fan in)^2 or 0, with the
    variances themselves carried over from the base model, and attention is divided by the width of a head and not by
    its root. Widths are what may differ: depth, batch and the length of the run are not covered. Gradients shrink with
    the width, so `eps` must be small beside them.

    Args:
        params: The model's parameters, or their shapes: arrays or `jax.ShapeDtypeStruct`, as of `jax.eval_shape`.
        base_params: Those of the model that was tuned, of the same structure.
        rule: "adam" for rules that divide by the size of the gradients: Adam, AdaGrad, RMSprop and their kin, signs
            too. "sgd" for those that are proportional to the gradients.
        layout: What the last axes of a parameter are: "in", "out", or "-" for one that may not differ, such as those
            of a convolution's window. All earlier axes are "-". "in out" is a kernel of Flax, "out in" a weight of
            Equinox or PyTorch. A parameter with one axis is always "out". A dict from patterns as in `multiply` gives
            layouts to single parameters, the others are "in out": `{"*/attention/out/kernel": "in in out"}`.

    Returns:
        A dict from the paths of parameters to their multipliers, without those that are 1.

    Raises:
        ValueError: The trees have not the same structure, an axis that is "-" differs, or an argument is none of these.

    The authors' package `mup` is table 8 instead: the output divided by its fan in during the forward pass, its weights
    with a variance of 1 and a rate that stays under "adam" and rises by `r_in` under "sgd", which trains the same
    function. Like that package, leave the decay of AdamW as it is: `multiply(..., multiply_decay=False)`, which
    `transfer.width` sees to.

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
