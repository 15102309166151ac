"""Records on disk: words and arrays in one file, with a hash. A file that was cut short is noticed."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lropt_jax._core.whole import whole

_MARK = b"lropt_jax record 1\n"
_DIGEST = 32  # bytes of SHA-256


def write(path: Path, words: dict[str, Any], arrays: Sequence[Any] = ()) -> None:
    """Write a record: its words as JSON, the arrays' bytes, and a hash of both."""
    plain = [plainly(array) for array in arrays]
    forms = [[array.dtype.name, array.shape] for array in plain]
    head = json.dumps({"words": words, "arrays": forms}).encode("ascii") + b"\n"
    digest = hashlib.sha256()
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as (partial,), open(partial, "wb") as file:
        file.write(_MARK)
        for part in (head, *map(_bytes, plain)):
            digest.update(part)
            file.write(part)
        file.write(digest.digest())


def read(path: Path) -> tuple[dict[str, Any], list[np.ndarray]] | None:
    """The words and arrays of a record. None: the file is not there, is cut short, or is nobody's record."""
    try:
        content = path.read_bytes()
        body, digest = content[len(_MARK) : -_DIGEST], content[-_DIGEST:]
        if not content.startswith(_MARK) or hashlib.sha256(body).digest() != digest:
            return None
        end = body.index(b"\n") + 1
        head, arrays = json.loads(body[:end]), []
        for name, shape in head["arrays"]:
            dtype = jnp.dtype(name)
            size = int(np.prod(shape)) * dtype.itemsize
            arrays.append(np.frombuffer(body[end : end + size], dtype).reshape(shape))
            end += size
        return head["words"], arrays
    except (OSError, ValueError, LookupError, TypeError):
        return None


def plainly(array: Any) -> np.ndarray:
    """An array of NumPy. A key of `jax.random` as its numbers."""
    return np.asarray(jax.random.key_data(array) if is_key(array) else array)


def is_key(array: Any) -> bool:
    """Whether an array holds keys of `jax.random`."""
    return isinstance(array, jax.Array) and jnp.issubdtype(array.dtype, jax.dtypes.prng_key)


def _bytes(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array).tobytes()
