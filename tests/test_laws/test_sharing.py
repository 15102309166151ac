"""What laws share, and the budget of what they compile."""

import ast
from pathlib import Path

import jax.numpy as jnp
import pytest
from laws import sharing
from laws.sharing import BUDGET, Sharing, once, program

TESTS = Path(__file__).parents[1]
LAWS = [*sorted((TESTS / "laws").glob("*.py")), *sorted(TESTS.glob("*_laws.py"))]


class Laws(Sharing):
    made = 0

    @once
    def shared(self):
        type(self).made += 1
        return object()


def test_a_class_works_it_out_once_and_each_class_its_own():
    one, two = type("One", (Laws,), {}), type("Two", (Laws,), {})
    assert one().shared is one().shared
    assert one().shared is not two().shared
    assert (one.made, two.made, Laws.made) == (1, 1, 0)
    one.setup_class()
    one.teardown_class()
    assert one().shared is not two().shared
    assert one.made == 2


def test_a_specimen_beyond_its_budget_is_found():
    Laws.setup_class()
    for size in range(1, BUDGET + 1):
        program(lambda x: x + 1.25)(jnp.ones(size))
    Laws.teardown_class()
    program(lambda x: x + 1.25)(jnp.ones(BUDGET + 1))
    with pytest.raises(AssertionError, match=f"Laws compiles {BUDGET + 1} programs, {BUDGET} at most"):
        Laws.teardown_class()


def test_a_program_that_is_there_already_costs_nothing():
    add = program(lambda x: x + 1.25)
    add(jnp.ones(2))
    before = len(sharing.COMPILED)
    add(jnp.zeros(2))
    assert len(sharing.COMPILED) == before


@pytest.mark.parametrize("path", LAWS, ids=lambda path: path.name)
def test_laws_compile_at_the_expense_of_the_budget_alone(path):
    if path.name != "sharing.py":
        names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
        assert "jit" not in names


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: path.name)
def test_files_of_tests_are_small(path):
    assert len(path.read_text().splitlines()) <= 200
