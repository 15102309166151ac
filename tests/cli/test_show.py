"""Tests of `lropt show`."""

import pytest
from command_line import run


def test_a_schedule_is_printed_and_plotted(monkeypatch, capsys):
    status, out, _ = run(monkeypatch, capsys, "show", "warmup(cosine(1e-3, 1000), 100)")
    assert status == 0
    assert "warmup(schedule=cosine(peak=0.001, steps=1000, floor=0.0), steps=100, shape='linear')" in out
    assert "█" in out
    rows = {line.split("│")[1].strip(): line for line in out.splitlines() if line.startswith("│")}
    assert "first update" in rows["0"]
    assert "1e-05" in rows["0"]
    assert "peak" in rows["99"]
    assert "after it" in rows["1100"]


def test_brackets_are_printed_as_they_stand(monkeypatch, capsys, tmp_path):
    text = "join([linear(0.1,100), cosine(0.05,200)], [100])"
    picture = tmp_path / "[bold]" / "join.png"
    _, out, _ = run(monkeypatch, capsys, "show", text, "--out", str(picture))
    assert "join(schedules=[linear(peak=0.1, steps=100, floor=0.0), cosine(" in out
    assert f"Written: {picture}\n" in out


def test_several_are_shown_over_the_same_steps(monkeypatch, capsys, tmp_path):
    texts = ("linear(1e-3, 50)", "warmup(cosine(1e-3, 90), 10)")
    status, out, _ = run(monkeypatch, capsys, "show", *texts, "--out", str(tmp_path / "both.svg"))
    assert status == 0
    assert out.count("after it") == 2
    assert "warmup ends, peak" in out
    assert all(text in (tmp_path / "both.svg").read_text() for text in texts)


@pytest.mark.parametrize(
    "text", ["constant(0.1)", "join([0.1, linear(0.1, 50)], [20])", "constant(0.0)", "linear(0.1, 1)"]
)
def test_every_schedule_has_a_length(monkeypatch, capsys, text):
    assert run(monkeypatch, capsys, "show", text)[0] == 0


def test_a_picture_is_written_on_request(monkeypatch, capsys, tmp_path):
    picture = tmp_path / "deep" / "cosine.png"
    status, out, _ = run(monkeypatch, capsys, "show", "cosine(0.1, 100)", "--out", str(picture))
    assert status == 0
    assert [path.name for path in picture.parent.iterdir()] == ["cosine.png"]
    assert "Written" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cosine(1e-3)",), "cosine: missing a required argument: 'steps'; it is cosine(peak, steps, *, floor=0.0)."),
        (("cosine(1e-3, 0)",), "cosine: steps must be finite and > 0, got 0."),
        (("sine(1e-3, 10)",), "parse: 'sine' is not a name here; alike are: cosine, silver"),
        (("adam(0.1)",), "show: text must be a schedule with its numbers"),
        ((), "show: texts must be at least one schedule, such as cosine(1e-3, 1000), got none."),
        (("cosine",), "show: text must be a schedule with its numbers"),
        (("__import__('os')",), "parse: '__import__' is not a name here"),
        (("cosine(0.1, 10)", "--steps", "0"), "show: steps must be >= 1, got 0."),
        (("cosine(0.1, 10)", "--out", "picture.doc"), "show: out must end in .png, .pdf or .svg, got picture.doc."),
    ],
)
def test_bad_input_is_one_line_and_status_2(monkeypatch, capsys, arguments, message):
    status, _, err = run(monkeypatch, capsys, "show", *arguments)
    assert status == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_schedules_of_other_libraries_are_shown_by_their_names(monkeypatch, capsys):
    status, out, _ = run(monkeypatch, capsys, "show", "torch.LinearLR(0.1, 0.5, total_iters=10)")
    assert status == 0
    assert "torch.LinearLR(base_lr=0.1, start_factor=0.5, end_factor=1.0, total_iters=10)" in out
