"""What the site is made of: names, formulas, pictures, docstrings; and the files about the project."""

import re
import tomllib
from pathlib import Path

import pytest
from site_pages import address, docstrings, formulas, gallery, pages, pictures, public

import lropt_jax

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def rooms():
    return public.rooms()


def test_every_export_has_one_page(rooms):
    pages = [name.page for names in rooms.values() for name in names]
    assert len(pages) == len(set(pages)) > 300
    assert {"generated/reference/schedules.cosine", "generated/reference/compat.torch.AdamW"} < set(pages)
    assert "generated/reference/lropt_jax.chain" not in pages  # it is that of optimizers


def test_a_name_alone_becomes_a_link_where_it_says_enough(rooms):
    alone = {name.full for names in rooms.values() for name in names if name.known_alone}
    assert {"lropt_jax.schedules.cosine", "lropt_jax.problems.vae", "lropt_jax.problems.Problem"} < alone
    assert not alone & {"lropt_jax.problems.step", "lropt_jax.report.page", "lropt_jax.compat.torch.Adam"}


def test_every_schedule_has_a_picture(rooms):
    for name in rooms["schedules"]:
        assert callable(pictures.example(name).plot), name.full


def test_a_picture_is_drawn_for_light_and_for_dark_pages(rooms, tmp_path):
    (cosine,) = [name for name in rooms["schedules"] if name.name == "cosine"]
    for picture in pictures.draw(cosine, tmp_path):
        assert (tmp_path / f"{picture}.svg").read_text().count("<path") > 10


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("mu <- b1 * mu + (1 - b1) * g", ["&mu;", "←", "b1", "·"]),
        ("(a + b) / sqrt(nu + eps)", ["<mfrac>", "<msqrt>", "&nu;"]),
        ("2 L x^-0.5", ["<msup>", "&minus;", '<mspace width="0.17em"/>']),
        ("m <- max(beta * m, |h|),  v <- h^2", ["<mo>|</mo>", 'separator="true"']),
        ("<g, d> / <d, H d>", ["⟨", "⟩", "<mfrac>"]),
        ("x_0 + 1/3", ["<msub>", "<mfrac>"]),
    ],
)
def test_formulas_are_drawn(text, parts):
    drawn = formulas.mathml(text)
    assert all(part in drawn for part in parts)
    assert drawn.count("<") - drawn.count("</") - drawn.count("/>") == drawn.count("</")  # every tag is closed


@pytest.mark.parametrize(
    "text",
    [
        "b1=0.9",
        "encoder/layers/0/kernel",
        "step -> rate",
        "x",
        "-1",
        "adam(1e-3) * 2",
        "[0, 1)",
        "*kernel",
        "a == b",
        "",
    ],
)
def test_code_is_not_taken_for_a_formula(text):
    assert formulas.mathml(text, code={"adam"}) is None


def test_an_argument_keeps_its_name_in_a_formula():
    assert '<mi mathvariant="normal">beta</mi>' in formulas.mathml("beta * g", arguments=["beta"])
    assert "&beta;" in formulas.mathml("beta * g")


def test_docstrings_become_restructured_text():
    lines = [
        "Shape (*sample, d) of `lift`ed parts, `|x|` and |y|:",
        "",
        "    m <- a * |h|,",
        "",
        "Args:",
        "    x: A number, `a",
        "        b`.",
        "",
        "Returns:",
        "    An optimizer. State: `mu`.",
    ]
    docstrings.restructured(None, "", "", None, None, lines)
    text = "\n".join(lines)
    assert "Shape (\\*sample, d) of ``lift``\\ ed parts, ``|x|`` and \\|y\\|:" in text
    assert "::\n\n    m <- a * |h|," in text
    assert "``a\n        b``." in text
    assert "Returns:\n    : An optimizer. State: ``mu``." in text


def test_every_page_is_in_the_contents():
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    listed = set((ROOT / "docs/index.md").read_text().split())
    assert pages <= listed, f"docs/index.md must list {pages - listed}"


def test_the_gallery_may_be_empty_and_shows_what_is_there(tmp_path):
    gallery.write(tmp_path)
    made = (tmp_path / "notebooks/index.md").read_text()
    there = [file for file in (ROOT / "notebooks").glob("**/*.ipynb") if ".ipynb_checkpoints" not in file.parts]
    assert made.count("grid-item-card") == len(there)
    claims = len(list((ROOT / "notebooks/claims").glob("*.ipynb")))
    assert made.partition(gallery.CLAIMS)[2].count("grid-item-card") == claims


def test_the_start_leads_to_pages_of_the_gallery(tmp_path):
    gallery.write(tmp_path)
    links = re.findall(r"\]\((notebooks/[^)]+)\)", pages._start())
    assert len(links) == 4
    assert all((tmp_path / link).is_file() for link in links)


def test_the_address_of_the_project_is_taken_from_one_place():
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"].get("urls", {})
    assert address.repository() == urls.get("Repository")
    assert bool(address.buttons()) == bool(urls)


def test_the_version_is_the_same_everywhere():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited[1] == lropt_jax.__version__
    assert f"## {lropt_jax.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_reports_of_faults_ask_for_the_rule_and_the_versions():
    for form in ("wrong", "learning"):
        text = (ROOT / f".github/ISSUE_TEMPLATE/{form}.yml").read_text()
        assert "repr(tx)" in text
        assert "jax.__version__" in text
