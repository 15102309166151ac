"""States last: those of today are as in the golden list, and those of earlier versions are restored or refused."""

from typing import NamedTuple

import jax.numpy as jnp
import pytest
import states as script
from arguments import FACTORIES
from states import EARLIER, PARAMS, TODAY, built, fields, read, states, values

from lropt_jax import restate
from lropt_jax._core.parts import parts
from lropt_jax._core.rate import Rate
from lropt_jax._core.refusal import Refused
from lropt_jax.optimizers import sgd

ONES = {name: jnp.ones(leaf.shape, leaf.dtype) for name, leaf in PARAMS.items()}
ENDS = ("refused", "begun anew")
CHANGED = """the state of {name} has changed, so checkpoints of the version before do not fit.
was: {was}
is:  {now}
1. Write a migration. A field with another name: `renamed = {{"old": "new"}}` in the class of the state. A new field:
   put it at the end, with the default None, so that pickles of the version before can be read.
2. Run `python tests/states.py`. It keeps the old states in tests/golden/states/earlier.txt, and the test of these says
   whether `restate` restores them. (`--forget` does not keep them: for states that no release had.)"""
LOST = """{name}: a checkpoint of an earlier version is {end}, and should be {wanted}.
It had: {line}
Write a migration (`renamed` in the class of the state), or say in tests/golden/states/earlier.txt what becomes of it:
end the line with `-> refused`, if `restate` refuses it with the difference, or with `-> begun anew`."""


def same(name, was, now):
    assert was == now, CHANGED.format(name=name, was=" | ".join(was) or "none", now=" | ".join(now) or "none")


@pytest.mark.parametrize("name", sorted(FACTORIES.keys() | read(TODAY).keys()))
def test_states_are_those_of_the_golden_list(name):
    same(name, read(TODAY).get(name, []), states(FACTORIES[name]) if name in FACTORIES else [])


def end_of(factory, line):
    """What becomes of an earlier state: restored, if all that it has is kept; else begun anew in part, or refused."""
    found = set()
    for value, _ in values(factory):
        found.add(outcome(value, line))
        if "restored" in found:
            return "restored"
    return next((end for end in ENDS[::-1] if end in found), str(found))


def outcome(value, line):
    tx, old = value, built(line)
    if isinstance(value, Rate):
        tx, old = sgd(value), {"count": jnp.int32(1), "learning_rate": jnp.float32(1), "rate": old}
    try:
        new = restate(tx, old, ONES)
    except Refused as refused:
        return "refused" if str(refused).startswith("restate: state must have what tx keeps, got ") else str(refused)
    kept = sum(part.fits for part in parts(new, old))
    return "restored" if kept == line.count("[") + 2 * (tx is not value) else "begun anew"


def check(name, line, factory):
    line, _, wanted = line.partition(" -> ")
    end, wanted = end_of(factory, line), wanted or "restored"
    assert end == wanted, LOST.format(name=name, end=end, wanted=wanted, line=line)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in read(EARLIER).items() for line in lines])
def test_states_of_earlier_versions_are_restored_or_refused_with_the_difference(name, line):
    check(name, line, FACTORIES[name])


@pytest.mark.parametrize("name", read(TODAY))
def test_states_of_today_are_restored_from_their_lines(name):
    for line in read(TODAY)[name]:
        assert end_of(FACTORIES[name], line) == "restored"


class Planted(NamedTuple):
    near: int
    far: int

    renamed = {"left": "near"}  # noqa: RUF012


def test_a_change_of_a_state_fails_with_what_to_do():
    with pytest.raises(AssertionError, match=r"state of sgd has changed(.|\n)*Write a migration(.|\n)*tests/states.py"):
        same("sgd", ["count:int32[]"], ["count:int64[]"])


def test_an_earlier_state_that_is_lost_without_a_word_fails():
    line = read(TODAY)["adam"][0]
    renamed, more = line.replace("nu/", "variance/"), f"{line} older:float32[]"
    assert [end_of(FACTORIES["adam"], one) for one in (renamed, more)] == ["refused", "begun anew"]
    check("adam", f"{renamed} -> refused", FACTORIES["adam"])
    check("adam", f"{more} -> begun anew", FACTORIES["adam"])
    with pytest.raises(AssertionError, match=r"is refused, and should be restored(.|\n)*Write a migration"):
        check("adam", renamed, FACTORIES["adam"])
    with pytest.raises(AssertionError, match=r"is restored, and should be refused"):
        check("adam", f"{line} -> refused", FACTORIES["adam"])


def test_a_renamed_field_is_restored():
    assert [part.old for part in parts(Planted(1, 2), {"left": 10, "far": 20})] == [10, 20]


def test_lines_say_all_that_a_state_has():
    state = sgd(0.1).init(ONES)
    assert fields(state) == [
        ":SGDState", "count:int32[]", "learning_rate:float32[]", "rate:tuple", "trace:NoneType",
    ]  # fmt: skip


def test_the_script_writes_today_and_keeps_what_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "TODAY", tmp_path / "today.txt")
    monkeypatch.setattr(script, "EARLIER", tmp_path / "earlier.txt")
    monkeypatch.setattr(script, "FACTORIES", {name: FACTORIES[name] for name in ("adam", "cosine", "ali_g")})
    assert script.write(forget=False) == "2 states of 2 rules in today.txt; 0 have changed."
    lines = (tmp_path / "today.txt").read_text()
    assert lines.startswith("adam :AdamState count:int32[] ")
    (tmp_path / "today.txt").write_text(lines.replace(" nu/a", " v/a"))
    assert script.write(forget=True).endswith("1 have changed.")
    assert (tmp_path / "earlier.txt").read_text() == ""
    (tmp_path / "today.txt").write_text(lines.replace(" nu/a", " v/a"))
    script.write(forget=False)
    assert " v/a" in (tmp_path / "earlier.txt").read_text()
    assert (tmp_path / "today.txt").read_text() == lines
