"""Tests of what people write to `lropt tune` besides rates."""

import jax
import pytest
from command_line import SMALL, run

from lropt_jax.cli.space import devices_of, space_of, values_of
from lropt_jax.problems import Recipe
from lropt_jax.schedules import linear
from lropt_jax.tuning import Sweep

BOTH = Recipe(optimizers=("sgd", "adam(rate, b1=0.8)"))


def test_values_are_numbers_words_and_calls():
    texts = ["b2=0.9, 1e-3,7", "nesterov=True,False", "goes_with=rate,None", "momentum=linear(0.9, 5),0.5"]
    assert space_of(texts, ["sgd"]) == {
        "sgd": {
            "b2": [0.9, 1e-3, 7],
            "nesterov": [True, False],
            "goes_with": ["rate", None],
            "momentum": [linear(0.9, 5), 0.5],
        }
    }


def test_values_are_of_all_optimizers_or_of_the_one_named():
    found = space_of(["weight_decay=0,1", "adam.b2=0.9,0.99", "learning_rate.peak=1,2"], BOTH.optimizers)
    assert list(found) == list(BOTH.optimizers)
    assert [sorted(own) for own in found.values()] == [
        ["learning_rate.peak", "weight_decay"],
        ["b2", "learning_rate.peak", "weight_decay"],
    ]


def test_rates_fill_the_spaces_that_have_none():
    told, words = values_of(["adam.learning_rate=1,2", "momentum=0,1"], BOTH, [0.1, 0.2], asked=True, study=False)
    assert told["rates"] is None
    assert [own["learning_rate"] for own in told["space"].values()] == [[0.1, 0.2], [1, 2]]
    assert words == "2 rates from 0.1 to 0.2; adam.learning_rate=1,2; momentum=0,1"
    assert values_of((), BOTH, [], asked=False, study=False) == ({"rates": "auto"}, "rates around the best first step")
    alone = values_of(["b2=1,2"], Recipe(optimizers=("adam",)), [], asked=False, study=False)[0]
    assert alone == {"space": {"adam": {"b2": [1, 2]}}, "rates": "auto"}


def test_devices_are_all_or_so_many():
    assert devices_of(None) is None
    assert devices_of("all") == "all"
    assert devices_of("1") == jax.local_devices()[:1]


def test_a_space_is_tried_from_the_command_line(monkeypatch, capsys, tmp_path, file):
    space = ("--space", "momentum=0.0,0.5", "--space", "sgd.nesterov=False,True", "--devices", "all")
    out = ("--out", str(tmp_path / "out"))
    status, said, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, "--rates", "0.01,0.1", *space, *out)
    assert (status, err) == (0, "")
    assert "2 rates from 0.01 to 0.1; momentum=0.0,0.5; sgd.nesterov=False,True; schedule linear" in said
    assert "and momentum 0" in said
    values = Sweep.load(tmp_path / "out" / "coarse").values
    assert {*zip(values["momentum"].tolist(), values["nesterov"].tolist(), strict=True)} == {
        (momentum, word) for momentum in (0.0, 0.5) for word in ("True", "False")
    }


@pytest.mark.parametrize(("words", "message"), [
    (("--space", "momentum"), "space must be NAME=VALUES, such as b2=0.99,0.999, got 'momentum'."),
    (("--space", "=1,2"), "space must be NAME=VALUES"),
    (("--space", "momentum=0.5,"), "space must have values of momentum with commas between them, got '0.5,'."),
    (("--space", "momentum=0.5"), "space['sgd']['momentum'] must be at least two values, got 0.5"),
    (("--space", "momentum=0.5,0.5"), "space['sgd']['momentum'] must be different, got 0.5 twice."),
    (("--space", "momentum=0,1", "--space", "sgd.momentum=0,1"), "space must name each argument once, got momentum of"),
    (("--space", "momentun=0,0.5"), "space must hold arguments of sgd, got 'momentun'; did you mean momentum?"),
    (("--space", "lion.b1=0,0.5"), "space must hold arguments of sgd, got 'lion.b1';"),
    (("--space", "momentum=0.5,$"), "text must be a call"),
    (("--space", "momentum=0.5,much"), "sgd: momentum must be"),
    (("--space", "learning_rate=1,2"), "rates must be left out where the space has rates, got '1e-2:1e2:6'."),
    (("--space", "momentum=" + "0," * 1000 + "1"), "space must have at most 1000 values of momentum, got 1001."),
    (("--space", "momentum=0,0.5", "--study", "a.log"), "space must be left out in a study, got 'momentum=0,0.5'"),
    (("--optimizers", "sgd(rate)", "sgd(2*rate)", "--space", "sgd.momentum=0,1"), "space must name one optimizer, got"),
    (("--pruner", "median"), "pruner must be left out without --study, got 'median'."),
    (("--devices", "some"), "devices must be all or a whole number from 1 to 1, got 'some'."),
    (("--devices", "2"), "devices must be all or a whole number from 1 to 1, got '2'."),
])  # fmt: skip
def test_what_is_no_space_and_no_devices_is_one_line_and_status_2(monkeypatch, capsys, tmp_path, file, words, message):
    monkeypatch.chdir(tmp_path)
    status, _, err = run(monkeypatch, capsys, "tune", f"{file}:line", *SMALL, *words)
    assert (status, len(err.splitlines())) == (2, 1), err
    assert err.startswith("lropt: ")
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]
