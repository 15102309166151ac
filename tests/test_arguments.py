"""One law for every argument of every factory: what its kind says is what happens."""

import inspect
import re
from typing import Annotated

import jax
import jax.numpy as jnp
import optax
import pytest
from arguments import FACTORIES, bad, calls, good, takes_sequence, value_of, value_with
from jax.typing import ArrayLike

from lropt_jax import lift
from lropt_jax._core.annotations import kind_of, members
from lropt_jax._core.factory import Factory
from lropt_jax._core.kinds import Range, nonnegative
from lropt_jax.optimizers import adam
from lropt_jax.schedules import constant


@pytest.fixture(params=FACTORIES.values(), ids=FACTORIES)
def factory(request):
    return request.param


def kinds(factory):
    for name, parameter in factory.__signature__.parameters.items():
        if parameter.kind is not parameter.VAR_POSITIONAL:
            yield name, parameter.annotation


def test_every_argument_has_a_kind_a_word_or_a_type(factory):
    for name, annotation in kinds(factory):
        assert annotation is not inspect.Parameter.empty, name
        numeric = {int, float, complex} & set(members(annotation))
        assert not numeric or kind_of(annotation).mark(Range), f"{name} is a number without a range"


def test_what_the_kind_refuses_is_refused_and_named(factory):
    for name, annotation in kinds(factory):
        for wrong in bad(annotation):
            with pytest.raises(
                ValueError, match=rf"^{re.escape(factory.name)}: {name}(\[.*\])? must be .*, got "
            ) as error:
                value_of(factory, {**calls(factory)[0], name: wrong})
            assert "\n" not in str(error.value)


def test_traced_numbers_are_taken_under_jit_and_vmap(factory):
    for name, annotation in kinds(factory):
        kind = kind_of(annotation)
        if kind.mark(Range) is None or kind.static or takes_sequence(kind):
            continue
        one = jnp.asarray(good(annotation))

        def leaves(number, name=name):
            return jax.tree.leaves(value_with(factory, name, number))

        assert jax.eval_shape(leaves, one)
        assert jax.eval_shape(jax.vmap(leaves), jnp.stack([one, one]))


def test_a_schedule_is_taken_where_the_kind_says_so(factory):
    for name, annotation in kinds(factory):
        kind = kind_of(annotation)
        if kind.mark(Range) is not None and optax.Schedule in kind.types:
            following = constant(good(annotation))
            assert value_with(factory, name, following).arguments[name] == following


def test_the_docstring_says_the_range_of_the_kind(factory):
    entries = described(factory)
    for name, annotation in kinds(factory):
        span = kind_of(annotation).mark(Range)
        if span is None or name not in entries:
            continue
        words = str(span).removeprefix("finite and ")
        if words != "finite" and "as in `" not in entries[name].lower():
            assert words in entries[name], f"{name}: {words!r} is not in {entries[name]!r}"


def described(factory):
    """The entries of a docstring's Args, by argument."""
    text = inspect.getdoc(factory) or ""
    section = re.search(r"^Args:\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE)
    entries = re.findall(r"^    (\w+): ((?:.*\n)(?:        .*\n)*)", section[1], re.MULTILINE) if section else []
    return {name: " ".join(entry.split()) for name, entry in entries}


def test_the_law_of_docstrings_finds_a_wrong_range():
    planted = Factory(adam.__wrapped__)
    planted.__doc__ = adam.__doc__.replace("in [0, 1)", "in [0, 1]")
    with pytest.raises(AssertionError, match=r"b1: 'in \[0, 1\)' is not in"):
        test_the_docstring_says_the_range_of_the_kind(planted)


def test_the_law_of_refusals_finds_what_passes_and_what_is_not_named():
    @lift
    def careless(peak: Annotated[ArrayLike, nonnegative]):
        return lambda step: peak

    test_what_the_kind_refuses_is_refused_and_named(careless)
    careless.make = lambda arguments: "anything"
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_what_the_kind_refuses_is_refused_and_named(careless)


def test_the_law_of_tracers_finds_a_test_in_python():
    @lift
    def testing(peak: Annotated[ArrayLike, nonnegative]):
        return (lambda step: peak) if peak > 0 else (lambda step: 0.0)

    with pytest.raises(jax.errors.TracerBoolConversionError):
        test_traced_numbers_are_taken_under_jit_and_vmap(testing)
