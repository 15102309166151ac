"""The house: floors, mirrored tests, exports, sizes."""

import ast
import functools
import importlib
import re
from pathlib import Path

import pytest

import lropt_jax
from lropt_jax._core.factory import Factory

HOUSE = Path(lropt_jax.__file__).parent
TESTS = Path(__file__).parent
FLOORS = {
    "_core": 0,
    "schedules": 1,
    "objectives": 1,
    "rates": 1,
    "horizon": 1,
    "optimizers": 2,
    "wrappers": 3,
    "compat": 4,
    "transfer": 4,
    "config": 5,
    "problems": 5,
    "diagnostics": 6,
    "tuning": 7,
    "report": 8,
    "cli": 9,
}
FILES = sorted(path.relative_to(HOUSE) for path in HOUSE.rglob("*.py"))
LIBRARIES = [f"compat.{path.name}" for path in sorted((HOUSE / "compat").iterdir()) if (path / "__init__.py").is_file()]
ROOMS = [name for name in [*FLOORS, *LIBRARIES] if (HOUSE / name.replace(".", "/") / "__init__.py").is_file()]
ROOMS.remove("_core")
PRIVATE = re.compile(r"_[a-z]\w*\.py")  # `_trust.py`, not `__init__.py`


def room(path: Path) -> str:
    return path.parts[0].removesuffix(".py")


@functools.cache
def imports(path: Path) -> list[str]:
    """Modules of this library that a file imports, wherever in it."""
    found = []
    for node in ast.walk(ast.parse((HOUSE / path).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lropt_jax":
            names = [alias.name for alias in node.names if node.module == "lropt_jax" or alias.name.startswith("_")]
            found += [f"{node.module}.{name}" for name in names] or [node.module or ""]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("lropt_jax.")]
    return found


@pytest.mark.parametrize("path", [path for path in FILES if str(path) != "__init__.py"], ids=str)
def test_imports_go_down_floors_and_into_no_private_file_of_another_room(path):
    for module in imports(path):
        parts = module.split(".")[1:]
        if parts[0] == "_core" or parts[0] == room(path):
            continue
        if FLOORS[parts[0]] == FLOORS[room(path)]:
            assert {parts[0], room(path)} == {"config", "problems"}, f"{path} imports its sibling {module}"
        assert FLOORS[parts[0]] <= FLOORS[room(path)], f"{path} imports {module} from above"
        assert len(parts) == 1, f"{path} reaches into {module}; import it from lropt_jax.{parts[0]}"


@pytest.mark.parametrize("path", [path for path in FILES if PRIVATE.fullmatch(path.name)], ids=str)
def test_a_private_file_is_imported_in_its_own_room_and_nowhere_else(path):
    module = ".".join(["lropt_jax", *path.with_suffix("").parts])
    users = [other for other in FILES if module in imports(other)]
    assert users
    assert all(other.is_relative_to(path.parent) for other in users)


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "__init__.py"], ids=str)
def test_every_file_has_its_test(path):
    mirror = TESTS / path.parent / f"test_{path.name}"
    assert mirror.is_file()
    assert "def test_" in mirror.read_text()


@pytest.mark.parametrize("name", ROOMS)
def test_rooms_export_what_they_name_with_its_documentation(name):
    if name == "cli":
        return
    package = importlib.import_module(f"lropt_jax.{name}")
    for export in package.__all__:
        assert getattr(package, export).__doc__, f"{name}.{export} has no docstring"


@pytest.mark.parametrize("name", ["", *(name for name in ROOMS if name != "cli")])
def test_a_room_says_what_it_exports_in_its_stub_one_line_a_name(name):
    place = HOUSE / name.replace(".", "/")
    lines = [line for line in (place / "__init__.pyi").read_text().splitlines() if line.startswith("from")]
    homes = [re.fullmatch(r"from (lropt_jax[\w.]*) import (\w+) as \2", line) for line in lines]
    assert all(homes), [line for line, home in zip(lines, homes, strict=True) if not home]
    assert [(home[1], home[2]) for home in homes] == sorted((home[1], home[2]) for home in homes)
    assert "__all__ = lazy(__name__)" in (place / "__init__.py").read_text()


@pytest.mark.parametrize("name", ["schedules", "rates", "optimizers"])
def test_every_file_of_rules_exports_what_it_is_named_for(name):
    package = importlib.import_module(f"lropt_jax.{name}")
    files = {path.stem for path in (HOUSE / name).glob("*.py") if not path.stem.startswith("_")}
    assert files <= set(package.__all__)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_and_functions_are_small(path):
    text = (HOUSE / path).read_text()
    assert len(text.splitlines()) <= 200
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            documented = (
                node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
            )
            body = node.body[1:] if documented else node.body
            length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            assert length <= 40, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_only_reports_and_the_command_line_print(path):
    calls = [node.func.id for node in ast.walk(ast.parse((HOUSE / path).read_text()))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]  # fmt: skip
    assert room(path) in ("report", "cli") or "print" not in calls


def test_no_rule_is_named_twice():
    from lropt_jax import compat, optimizers, rates, schedules, wrappers

    rooms = [schedules, rates, optimizers, wrappers, *(getattr(compat, library) for library in compat.__all__)]
    exported = [(name, getattr(room, name)) for room in rooms for name in room.__all__]
    names = [rule.name if isinstance(rule, Factory) else name for name, rule in exported]
    assert len(names) == len(set(names))
