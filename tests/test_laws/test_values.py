"""The laws of values find planted faults."""

import jax
import pytest
from laws import ValueLaws
from planted import Fault, assert_found, broken, each, laws_of, of_kind

from lropt_jax._core.values import Schedule, restore
from lropt_jax.schedules import linear

SOUND = linear(0.1, 20)


class Misprinted(Schedule):
    def __repr__(self):
        return repr(self.replace(steps=self.steps + 1))


class Undrawn(Schedule):
    def _repr_html_(self):
        return f"<code>{self!r}</code>"


class OfItsOwnHash(Schedule):
    def __hash__(self):
        return id(self)


class Rounded(Schedule):
    def __reduce__(self):
        kind, definition, sealed = Schedule.__reduce__(self)[1]
        return restore, (kind, definition, (0.125, *sealed[1:]))


class Forgetful(Schedule):
    @property
    def arguments(self):
        return Schedule.arguments.fget(self) | {"steps": 10}


class Hidden(Schedule):
    def __dir__(self):
        return object.__dir__(self)


class Checking(Schedule):
    pass


class Nameless(Schedule):
    pass


def checked(definition, sealed):
    peak, steps, floor = sealed
    return linear(peak, steps, floor=floor)


def numbered(value):
    children = tuple(value._sealed.values())
    keys = [jax.tree_util.GetAttrKey(f"number_{place}") for place in range(len(children))]
    return tuple(zip(keys, children, strict=True)), (value.factory, tuple(value._sealed))


FAULTS = [
    Fault("test_it_prints_as_a_call_that_can_be_read_back", of_kind(Misprinted, SOUND)),
    Fault("test_a_notebook_shows_its_text_and_the_curve_of_a_schedule_in_it", of_kind(Undrawn, SOUND)),
    Fault("test_copies_are_equal_and_hash_alike_and_changed_ones_differ", of_kind(OfItsOwnHash, SOUND)),
    Fault("test_pickle_gives_back_an_equal_value", of_kind(Rounded, SOUND)),
    Fault("test_completion_shows_the_arguments", of_kind(Hidden, SOUND)),
    Fault("test_a_config_goes_through_json_and_back", of_kind(Forgetful, SOUND)),
    Fault(
        "test_jax_may_put_anything_in_place_of_the_numbers",
        of_kind(Checking, SOUND, unflatten=checked),
        (ValueError, TypeError),
        "linear: peak must",
    ),
    Fault("test_paths_of_the_leaves_name_the_arguments", of_kind(Nameless, SOUND, keys=numbered)),
]


@each(FAULTS)
def test_a_planted_fault_is_found(fault):
    assert_found(ValueLaws, fault)


@pytest.mark.parametrize("law", sorted(laws_of(ValueLaws)))
def test_the_sound_schedule_passes(law):
    getattr(broken(ValueLaws, Fault(law, SOUND)), law)()


def test_every_law_has_a_fault():
    assert {fault.law for fault in FAULTS} == laws_of(ValueLaws)
