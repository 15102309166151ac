"""The code of README and of docs/ runs as it stands, and its tables name what there is."""

import re

import jax
import numpy as np
import pytest
from pages import ROOT, blocks, run

from lropt_jax import compat, lift, optimizers, rates, schedules, wrappers

NAMES = {name: getattr(room, name) for room in (rates, schedules, optimizers, wrappers) for name in room.__all__}


def test_every_block_has_its_test():
    found = {page.name: len(blocks(str(page))) for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]}
    tested = {"README.md": 3, "tuning.md": 11, "schedules.md": 1, "optimizers.md": 3, "rates.md": 4, "problems.md": 1}
    tested |= {"yours.md": 13, "loops.md": 16, "diagnosis.md": 8, "scale.md": 1}
    assert {page: many for page, many in found.items() if many} == tested


def test_readme_is_short_and_so_is_the_page_that_helps_to_choose():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
    assert len((ROOT / "docs/choose.md").read_text().splitlines()) <= 60


def test_links_lead_to_files():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).is_file(), f"{page.name} links to {link}"


def test_the_plain_optax_loop_finds_the_minimum(capsys):
    names = run("README.md", 0)
    np.testing.assert_allclose(names["params"], 0, atol=0.05)
    assert names["learning_rate"](names["state"]) == pytest.approx(0.1 / 90)
    assert "[" in capsys.readouterr().out


@pytest.mark.parametrize("page", ["README.md", "docs/choose.md"])
def test_calls_in_the_tables_of_choices_are_values(page):
    lines = [line for line in (ROOT / page).read_text().splitlines() if line.startswith("| ")]
    calls = [call for line in lines for call in re.findall(r"`([a-z_]+\([^`]*\))`", line)]
    calls = [call for call in calls if "..." not in call and not re.search(r"averaged|norms", call)]
    assert len(calls) > 5
    for call in calls:
        value = eval(call, NAMES | {"r": 1e-3, "n": 1000})
        assert value == eval(repr(value), dict(NAMES)), call


def test_the_schedules_are_as_said():
    names = run("docs/schedules.md", 0)
    rate, horizon, longer = names["rate"], names["run"], names["longer"]
    assert rate.end == horizon.steps == 35_100
    assert names["branch"](horizon("50 epochs")) == rate(horizon.steps) == 0
    assert longer(horizon("80 epochs")) == rate(horizon("80 epochs"))
    assert longer(horizon("80 epochs") + horizon("90 epochs")) == 0


def test_word_vectors_of_exact_rows_are_those_of_the_dense_optimizer(capsys):
    run("docs/optimizers.md", 2)
    dense, lazy, exact = map(float, re.findall(r"(?:dense|lazy|exact) ([\d.]+)", capsys.readouterr().out))
    assert exact == pytest.approx(dense, abs=1e-4)
    assert dense < lazy < 1.2 * dense


def test_the_optimizers_are_as_said(capsys):
    names = run("docs/optimizers.md", 0)
    rates = names["learning_rate"](names["fine"].init(names["init"](8)))
    assert rates["head/*"] == pytest.approx(1e-3)
    assert rates["embed"] == pytest.approx(0.8**3 * 1e-3)
    wide = names["init"](1024)
    large = names["learning_rate"](names["large"].init(wide))
    assert large["*"] == pytest.approx(2e-3 / 10**0.5)
    assert large["head/kernel"] == pytest.approx(2e-3 / 10**0.5 / 16)
    assert "torch.AdamW(lr=0.001" in capsys.readouterr().out


@pytest.mark.skipif("decay" not in NAMES, reason="weight decay is not yet one value")
def test_weight_decay_is_as_said():
    names = run("docs/optimizers.md", 1)
    params = {"kernel": np.ones((2, 2), np.float32), "bias": np.ones(2, np.float32)}
    still = jax.tree.map(np.zeros_like, params)
    shares = {"alike": 1e-3 * 0.1, "paper": 1e-4, "alone": 1e-4, "ridge": 1e-3 * 1e-4}
    for name, share in shares.items():
        updates, _ = names[name].update(still, names[name].init(params), params)
        np.testing.assert_allclose(updates["kernel"], -share, rtol=1e-5)
        np.testing.assert_allclose(updates["bias"], 0 if name == "alike" else -share, rtol=1e-5)


def test_a_scanned_epoch_lowers_the_rate_and_stops():
    names = run("docs/rates.md", 1)
    assert names["state"].rate.results == 40 == np.sum(~np.isnan(names["results"]))
    assert names["stopped"](names["state"])
    assert 0 < names["learning_rate"](names["state"]) < 0.5
    np.testing.assert_allclose(names["x"], 0, atol=0.2)


def test_a_rate_is_set_from_outside():
    names = run("docs/rates.md", 2)
    assert names["learning_rate"](names["state"]) == np.float32(3e-4)


def test_a_run_goes_on_with_another_rate():
    inner = run("docs/rates.md", 3)["state"].inner
    assert (inner.count, inner.rate.best) == (2, 0.5)
    np.testing.assert_allclose(inner.trace, 0.9 + 2**-0.5, rtol=1e-6)


def test_the_rates_are_as_said(capsys):
    names = run("docs/rates.md", 0)
    np.testing.assert_allclose(names["averaged"](names["state"]), 0, atol=1e-5)
    assert "prodigyopt.Prodigy(lr=1.0" in repr(names["ported"])
    x = names["x"]
    for tx in (names["falling"], names["tuned"], names["decaying"], names["averaging"], names["ported"]):
        updates, _ = tx.update(x, tx.init(x), x)
        assert np.all(np.isfinite(updates))


def test_the_problems_are_as_said(capsys):
    names = run("docs/problems.md", 0)
    effect, mean = capsys.readouterr().out.strip().split("]]")
    np.testing.assert_allclose(
        [float(number) for number in re.findall(r"0\.\d+", effect)], [0.5, 0.5, 0.45, 0.55], atol=0.03
    )
    np.testing.assert_allclose([float(number) for number in re.findall(r"0\.\d+", mean)], 2 / 3, atol=1e-4)
    assert names["em"].values[-1] < names["em"].values[0]


@pytest.mark.parametrize("page", ["schedules", "optimizers", "rates"])
def test_the_lists_are_complete(page):
    text, room = (
        (ROOT / f"docs/{page}.md").read_text(),
        {"schedules": schedules, "optimizers": optimizers, "rates": rates}[page],
    )
    named = set(re.findall(r"`([A-Za-z_0-9]+)`", text + (ROOT / "docs/rates.md").read_text()))
    missing = {name for name in room.__all__ if name not in named} - {"Direction", "Rate", "Reading", "as_rate"}
    missing -= {name for name in missing if name.startswith("dadapt_")} if page == "optimizers" else set()
    assert not missing


def test_names_in_optaxs_table_are_there():
    text = (ROOT / "docs/from_optax.md").read_text()
    calls = re.findall(r"^\| `[^`]+` \| `([a-z_]+\([^`]*\))`", text, re.MULTILINE)
    known = NAMES | {"compat": compat, "lift": lift, "decay": None, "r": schedules.linear(0.1, 30)}
    unknown = {name for call in calls for name in re.findall(r"(?<![.\w\"])([a-z_]+)\(", call) if name not in known}
    assert len(calls) > 60
    assert not unknown
