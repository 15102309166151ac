"""Tests of `lropt list`."""

from command_line import run

from lropt_jax import compat, optimizers, problems, schedules, transfer, wrappers
from lropt_jax._core.lifting import Factory


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
