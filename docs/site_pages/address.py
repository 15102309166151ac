"""Where the project lives: `[project.urls]` of pyproject.toml, and nowhere else."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def repository() -> str | None:
    """The address of the repository. None: the project has no public one yet."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("Repository")


def buttons() -> dict:
    """What the theme needs to link to the repository, its issues and the notebooks in Colab."""
    home = repository()
    if home is None:
        return {}
    return {
        "repository_url": home,
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {"colab_url": "https://colab.research.google.com"},
    }
