"""Tests of `lropt list`."""

import pytest
from command_line import run

from lropt_jax import compat, optimizers, problems, schedules, transfer, wrappers
from lropt_jax._core.factory import Factory


def test_everything_there_is_is_listed(monkeypatch, capsys):
    status, out, _ = run(monkeypatch, capsys, "list")
    assert status == 0
    rules = [name for name in optimizers.__all__ if isinstance(getattr(optimizers, name), Factory)]
    for name in (*schedules.__all__, *rules, *wrappers.__all__, *transfer.__all__, "plateau", *problems.suite()):
        assert f"  {name}(" in out
    assert "cosine(peak, steps, *, floor=0.0)" in out
    assert "compat.torch" in out
    for library in compat.__all__:
        for name in getattr(compat, library).__all__:
            assert f"  {library}.{name}(" in out
            assert f"  {name}(" not in out or name in optimizers.__all__
    assert "values[#{b in boundaries:" in out
    assert "descent(" not in out
    assert "Reading(" not in out


def rows(out):
    """The table below a heading, by argument."""
    lines = out.split("default")[1].splitlines()[1:]
    return {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line and not line.startswith(" ")}


def test_the_arguments_of_a_rule_are_shown_with_kind_range_and_default(monkeypatch, capsys):
    status, out, _ = run(monkeypatch, capsys, "list", "adam")
    assert status == 0
    assert out.startswith("optimizers: adam(learning_rate, *, b1=0.9,")
    shown = rows(out)
    assert shown["b1"] == "Average, in [0, 1), or a schedule: the decay of a moving average 0.9"
    assert shown["learning_rate"] == (
        "LearningRate, finite and >= 0: a number, a schedule or a self-setting rate required"
    )
    assert shown["eps_in_sqrt"] == "True or False False"


def test_a_terminal_of_80_columns_shows_names_and_defaults_whole(monkeypatch, capsys):
    _, out, _ = run(monkeypatch, capsys, "list", "adafactor", columns=80)
    assert max(map(len, out.splitlines())) <= 80
    assert "min_dim_size_to_factor  Size, a whole number >= 1: how many; it" in out
    assert out.count("required") == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("torch.StepLR", "compat.torch: torch.StepLR(base_lr, step_size"),
        ("vae", "problems: vae(*, latent=8"),
        ("horizon", "transfer: horizon(optimizer, factor"),
        ("plateau", "rates: plateau(base"),
        ("chain", "*transforms"),
        ("clip_norm", "Limit, finite and > 0, or a schedule: a limit or a scale"),
    ],
)
def test_whatever_is_listed_has_its_arguments_shown(monkeypatch, capsys, name, shown):
    status, out, _ = run(monkeypatch, capsys, "list", name)
    assert status == 0
    assert shown in out


@pytest.mark.parametrize(
    ("name", "near"),
    [("adma", "adam"), ("steplr", "torch.StepLR"), ("Adafactor", "adafactor, torch.Adafactor"), ("zzzz", "none.")],
)
def test_an_unknown_name_is_refused_in_one_line_with_names_near_it(monkeypatch, capsys, name, near):
    status, out, err = run(monkeypatch, capsys, "list", name)
    assert (status, out) == (2, "")
    assert err.startswith(f"lropt: list: name must be one that `lropt list` shows, got {name!r}; near are: ")
    assert near in err
    assert len(err.splitlines()) == 1
