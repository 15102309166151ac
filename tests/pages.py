"""The code blocks of README and of docs/, for the tests that run them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


def run(page: str, block: int) -> dict:
    names: dict = {}
    exec(blocks(page)[block], names)
    return names
