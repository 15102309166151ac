"""The numbers of a saved sweep, read from an npz file that may be anybody's."""

import math
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from lropt_jax._core.refusal import Refused

_MOST_BYTES = 2**30
_LARGEST_RATIO = 1100  # deflate makes nothing smaller than by 1032


def read_numbers(path: Path, names: list[str], lanes: int) -> dict[str, np.ndarray]:
    """Arrays by name, with an entry per lane; `curve` has a second axis. Each header is checked before it is read."""
    if not path.is_file():
        raise FileNotFoundError(2, "No such file", str(path))
    size = path.stat().st_size
    with zipfile.ZipFile(path) as members:
        if sorted(members.namelist()) != sorted(f"{name}.npy" for name in names):
            raise Refused(f"{path.name} must hold {', '.join(names)}")
        for name in names:
            with members.open(f"{name}.npy") as member:
                _check_header(name, member, lanes, size)
    with np.load(path, allow_pickle=False) as numbers:
        arrays = {name: numbers[name] for name in names}
    if not np.all(np.isfinite(arrays["rate"]) & (arrays["rate"] > 0)):
        raise Refused(f"{path.name} must have rates that are finite and > 0")
    return arrays


def _check_header(name: str, member: IO[bytes], lanes: int, size: int) -> None:
    """Refuse an array of another shape or type, or one that the file is too small for."""
    version = np.lib.format.read_magic(member)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:
        raise Refused(f"{name} must be in version 1 or 2 of NumPy's format, got {version}")
    shape, _, dtype = read[version](member)
    if dtype.kind not in "iuf":
        raise Refused(f"{name} must be numbers, got {dtype}")
    if shape[:1] != (lanes,) or len(shape) != 1 + (name == "curve"):
        raise Refused(f"{name} must have an entry for each of {lanes} lanes, got shape {shape}")
    if math.prod(shape) * dtype.itemsize > min(_MOST_BYTES, _LARGEST_RATIO * size):
        raise Refused(f"{name} must fit into its file, got shape {shape}")
