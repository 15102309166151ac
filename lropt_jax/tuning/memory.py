"""How much memory lanes take, and how much there is."""

import os
from pathlib import Path
from typing import Any

import jax

from lropt_jax.tuning.lanes import Work
from lropt_jax.tuning.programs import outline

SHARE = 0.25  # of the device's memory for lanes; the rest is for activations, data and copies

_CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may take


def lane_bytes(work: Work) -> int:
    """Bytes that one lane takes: its state, gradients and updates. The largest of all structures counts."""
    tracks = [outline(work.problem, *work.side_by_side(places[:1], 1), 1) for places in work.groups]
    return max(_bytes(track) + 2 * _bytes(track.at.params) for track in tracks)


def lanes_at_once(work: Work) -> int | None:
    """How many lanes may be under way at once, at least 1. None: unlimited, the memory is not known."""
    memory = device_memory()
    return None if memory is None else max(1, int(SHARE * memory) // max(1, lane_bytes(work)))


def device_memory() -> int | None:
    """Bytes of the device's memory: what is free on an accelerator, what the machine or container has on a CPU."""
    stats = jax.devices()[0].memory_stats() or {}
    if "bytes_limit" in stats:
        return stats["bytes_limit"] - stats.get("bytes_in_use", 0)
    return _machine_memory() if jax.default_backend() == "cpu" else None


def _machine_memory() -> int | None:
    known = []
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        known.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    limit = _CGROUP.read_text().strip() if _CGROUP.is_file() else ""
    if limit.isdigit():
        known.append(int(limit))
    return min(known, default=None)


def _bytes(tree: Any) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))
