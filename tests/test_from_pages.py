"""What docs/from_torch.md and docs/from_keras.md say is the same: schedules at each of 60 steps; all calls are rules.

`python benchmarks/from_others.py` compares the optimizers too, which takes longer.
"""

import sys

import optax
import pytest
from pages import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from from_others import difference, made, rows

ROWS = [(library, *row) for library in ("torch", "keras") for row in rows(library)]
RULES = [row for row in ROWS if isinstance(made(row[0], row[1]), optax.GradientTransformation)]


def test_both_pages_have_optimizers_and_schedules():
    assert [sum(row[0] == library for row in rows) for rows in (ROWS, RULES) for library in ("torch", "keras")] == [
        33, 20, 18, 11,
    ]  # fmt: skip


@pytest.mark.parametrize(("library", "theirs", "ours"), [row for row in ROWS if row not in RULES])
def test_schedules_are_the_same(library, theirs, ours):
    assert difference(library, theirs, ours) < 1e-7


@pytest.mark.parametrize(("library", "theirs", "ours"), RULES)
def test_optimizers_of_both_columns_can_be_made(library, theirs, ours):
    assert all(isinstance(made(library, call), optax.GradientTransformation) for call in (theirs, ours))


def test_an_optimizer_is_the_same():
    assert difference("keras", "Nadam(r)", "nadam(r, eps=1e-7, momentum_decay=1.0)") < 1e-5
