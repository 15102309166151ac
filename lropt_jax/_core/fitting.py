"""The error for a state that does not fit its optimizer: it says what the state lacks."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np

from lropt_jax._core.learned import learned
from lropt_jax._core.parts import MISSING, Part, parts
from lropt_jax._core.refusal import Refused

_FEW = 4


@contextlib.contextmanager
def fitting(init: Callable[[Any], Any], state: Any, params: Any) -> Iterator[None]:
    """Say what is wrong with the state where an update fails because of it. An update that goes well costs nothing."""
    try:
        yield
    except Refused:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        difference = _difference(init, state, params)
        if difference is None:
            raise
        raise Refused(
            f"state must be one of this optimizer and these params, got {difference}; "
            "lropt_jax.restate(tx, state, params) keeps what fits and begins another rate anew."
        ) from error


def _difference(init: Callable[[Any], Any], state: Any, params: Any) -> str | None:
    """What the state lacks or has otherwise; None if nothing, or if that cannot be found out."""
    try:
        new = jax.eval_shape(init, learned(params))
    except Exception:  # the error of the update tells more than one about its explanation
        return None
    wrong = [part for part in parts(new, state) if not part.fits]
    if wrong:
        return said(wrong)
    if type(new) is not type(state):
        return f"a {type(state).__name__} in the place of a {type(new).__name__}"
    return None


def said(wrong: list[Part]) -> str:
    """Leaves that do not fit, in words: what is missing by field, and what differs by place."""
    missing = _listed([part.field or part.place or "array" for part in wrong if part.old is MISSING])
    other = _listed([f"{part.place or 'an array'} of {_kind(part.old)} in the place of {_kind(part.new)}"
                     for part in wrong if part.old is not MISSING])  # fmt: skip
    return " and ".join([*([f"no {missing}"] if missing else []), *([other] if other else [])])


def _listed(names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _kind(leaf: Any) -> str:
    return f"{getattr(leaf, 'dtype', type(leaf).__name__)}{list(np.shape(leaf))}"
