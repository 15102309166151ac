"""Tests of what people write to `lropt tune`; what is refused is in the tests of the command."""

from lropt_jax import chain
from lropt_jax.cli.words import grid_of, maker_of, problem_of, shape_of
from lropt_jax.optimizers import sgd
from lropt_jax.schedules import constant, cosine, linear, warmup


def test_a_problem_is_a_name_of_the_suite():
    assert problem_of("td0").name == "td0"


def test_a_problem_of_a_file_is_one_or_what_a_function_makes(file):
    assert problem_of(f"{file}:line").name == problem_of(f"{file}:made").name == "line"


def test_rates_are_a_range_or_a_list():
    assert grid_of("1e-3:1e-1:3") == [0.001, 0.01, 0.1]
    assert grid_of("0.1,0.01") == [0.01, 0.1]


def test_an_optimizer_is_a_name_or_a_call_with_the_rate():
    assert maker_of("sgd")(0.1) == sgd(0.1)
    assert maker_of("chain(sgd(rate, momentum=0.9))")(linear(0.1, 5)) == chain(sgd(linear(0.1, 5), momentum=0.9))


def test_a_schedule_is_a_name_or_a_call_with_the_rate_and_the_steps():
    assert shape_of("linear", 5)(0.1, 20) == linear(0.1, 20)
    assert shape_of("constant", 5)(0.1, 20) == constant(0.1)
    assert shape_of("warmup(cosine(rate, 0.9 * steps), 0.1 * steps)", 5)(0.1, 20) == warmup(cosine(0.1, 18.0), 2.0)
