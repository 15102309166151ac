"""What people write to `lropt tune` besides rates: values of other arguments, and devices."""

from collections.abc import Sequence
from typing import Any

import jax

from lropt_jax._core.limits import shown
from lropt_jax._core.refusal import Refused
from lropt_jax.config import parse
from lropt_jax.problems import Recipe

_RATES = ("learning_rate", "learning_rate.peak")
_WORDS = {"True": True, "False": False, "None": None}
_MOST_VALUES = 1000
_OPENING, _CLOSING, _QUOTES = "([{", ")]}", "\"'"


def values_of(
    texts: Sequence[str], recipe: Recipe, grid: Sequence[float], *, asked: bool, study: bool
) -> tuple[dict[str, Any], str]:
    """The rates and the space to try, as `tuning.tune` takes them, and both in words.

    Args:
        texts: NAME=VALUES, one for each argument.
        recipe: With the optimizers as they are written.
        grid: The rates. Empty: those around the best first step.
        asked: Whether the rates were asked for, and do not come from the problem.
        study: Whether this is a worker of a study.
    """
    if study and not grid:
        raise Refused("rates must be LOW:HIGH:COUNT or numbers with commas in a study, got 'auto'.")
    if study and texts:
        raise Refused(f"space must be left out in a study, got {shown(texts[0])}; its trials are rates alone.")
    spread = f"{len(grid)} rates from {grid[0]:g} to {grid[-1]:g}" if grid else "rates around the best first step"
    if not texts:
        return {"rates": list(grid) or "auto"}, spread
    spaces = space_of(texts, recipe.optimizers)
    bare = [name for name, own in spaces.items() if not any(rate in own for rate in _RATES)]
    if len(bare) < len(spaces) and (not grid or (asked and not bare)):
        raise Refused(f"rates must be left out where the space has rates, got {shown(recipe.rates)}.")
    for name in bare if grid else ():
        spaces[name] = {_RATES[0]: list(grid), **spaces[name]}
    return {"space": spaces, "rates": None if grid else "auto"}, "; ".join([*[spread] * bool(bare), *texts])


def space_of(texts: Sequence[str], optimizers: Sequence[str]) -> dict[str, dict[str, list]]:
    """The space of each optimizer, read from NAME=VALUES or OPTIMIZER.NAME=VALUES."""
    spaces: dict[str, dict[str, list]] = {optimizer: {} for optimizer in optimizers}
    for text in texts:
        path, equals, values = (part.strip() for part in text.partition("="))
        if not equals or not all(name.isidentifier() or name.isdecimal() for name in path.split(".")):
            raise Refused(f"space must be NAME=VALUES, such as b2=0.99,0.999, got {shown(text)}.")
        owners, name = _owners(path, optimizers)
        for owner in owners:
            if name in spaces[owner]:
                raise Refused(f"space must name each argument once, got {name} of {owner} twice.")
            spaces[owner][name] = _values(path, values)
    return spaces


def devices_of(text: str | None) -> Any:
    """Devices, read from `all` or from how many. None: JAX's default device."""
    if text is None or text == "all":
        return text
    here = jax.local_devices()
    if not text.isdecimal() or not 1 <= len(text) <= 9 or not 1 <= int(text) <= len(here):
        raise Refused(f"devices must be all or a whole number from 1 to {len(here)}, got {shown(text)}.")
    return here[: int(text)]


def _owners(path: str, optimizers: Sequence[str]) -> tuple[Sequence[str], str]:
    """The optimizers that a path is of, and the path inside them."""
    first, dot, rest = path.partition(".")
    mine = [optimizer for optimizer in optimizers if optimizer.partition("(")[0].strip() == first]
    if not dot or not mine:
        return optimizers, path
    if len(mine) > 1:
        raise Refused(f"space must name one optimizer, got {path!r}, which is of {' and '.join(mine)}.")
    return mine, rest


def _values(path: str, text: str) -> list[Any]:
    parts = _split(text)
    if len(parts) > _MOST_VALUES:
        raise Refused(f"space must have at most {_MOST_VALUES} values of {path}, got {len(parts)}.")
    if not all(parts):
        raise Refused(f"space must have values of {path} with commas between them, got {shown(text)}.")
    return [_value(part) for part in parts]


def _value(text: str) -> Any:
    """A number, True, False, None, a word, or what `parse` reads."""
    if text in _WORDS:
        return _WORDS[text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text if text.isidentifier() else parse(text)


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no brackets and in no quotes."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        else:
            depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
