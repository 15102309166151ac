"""Arguments of earlier versions: refused with how they are written now."""

from collections.abc import Collection

_WRITTEN = {
    "decay_coupling": 'weight_decay=decay(0.1, goes_with="gradients")',
    "mask": "weight_decay=decay(0.1, mask=...)",
}


def retired(names: Collection[str], known: Collection[str]) -> list[str]:
    """Which of some names were arguments of a rule that has these arguments today."""
    return sorted((set(names) - set(known)) & _WRITTEN.keys()) if "weight_decay" in known else []


def unknown_argument(name: str, known: Collection[str]) -> str:
    """What to say of an argument that there is not."""
    if retired([name], known):
        return f"{name} must be given as a part of weight_decay, got {name}=...; write {_WRITTEN[name]}."
    return f"no argument is called {name!r}; there are {', '.join(known)}."
