"""Tests of printed tables."""

from lropt_jax.objectives.effects._printed import printed


def test_columns_are_aligned_and_long_tables_are_cut():
    assert printed("two", ["x", "n"], [("a", 10), ("long", 2)], 2) == ["two", "x     n", "a     10", "long  2"]
    assert printed("many", ["n"], ([number] for number in range(30)), 30)[-2:] == ["23", "... 6 more lines"]
