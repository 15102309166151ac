"""Rates that fall from layer to layer, from the output to the input."""

from collections.abc import Sequence
from typing import Annotated

from jax.typing import ArrayLike
from typing_extensions import TypeAliasType

from lropt_jax._core.checking import checked
from lropt_jax._core.kinds import Range
from lropt_jax._core.refusal import Refused

Factor = TypeAliasType("Factor", Annotated[ArrayLike, Range(0, 1, low_open=True), "a factor"])


@checked
def layerwise_decay(patterns: Sequence[str], decay: Factor) -> dict[str, ArrayLike]:
    """Multipliers for `multiply` that fall by a factor with each layer further from the output.

    The multiplier of the last pattern is 1, of the one before it `decay`, and so on:
    `decay^(len(patterns) - 1 - place)` (Howard and Ruder 2018, arXiv:1801.06146, section 3.2, with 1 / 2.6 between
    layers).

    Choose it to fine-tune a pretrained network: layers near the input are general and should move least. Take a
    `decay` nearer to 1 for a deeper network: transformers take 0.65 to 0.9 (ELECTRA, Clark et al. 2020,
    arXiv:2003.10555, and BEiT, Bao et al. 2021, arXiv:2106.08254).

    Args:
        patterns: The layers' patterns as in `multiply`, from the input to the output. Write `"layers/1/*"` and not
            `"layers/1*"`, which matches layer 10 too.
        decay: The factor from one layer to the one before it, in (0, 1].

    Returns:
        A dict from the patterns to numbers, for `multiply`.

    Raises:
        ValueError: `decay` is outside its range, or a pattern stands in `patterns` twice.

    Example:
        >>> layerwise_decay(["embed/*", *(f"layers/{place}/*" for place in range(2)), "head/*"], 0.5)
        {'embed/*': 0.125, 'layers/0/*': 0.25, 'layers/1/*': 0.5, 'head/*': 1.0}
    """
    patterns = tuple(patterns)
    for pattern in patterns:
        if patterns.count(pattern) > 1:
            raise Refused(f"patterns must differ, got {pattern!r} twice.")
    return {pattern: decay ** (len(patterns) - 1 - place) for place, pattern in enumerate(patterns)}
