"""Devices for the lanes: each device runs programs of its own, and none talks to another."""

import contextlib
import queue
from collections.abc import Iterator, Sequence
from typing import Any

import jax

from lropt_jax._core.refusal import Refused, WrongType

Devices = Sequence[jax.Device]


def devices_of(devices: Any) -> Devices:
    """The devices asked for. None: none in particular. "all": every device of this process."""
    if devices is None:
        return ()
    if isinstance(devices, str):
        if devices != "all":
            raise Refused(f'devices must be "all", devices of JAX or None, got {devices!r}.')
        return jax.local_devices()
    if not isinstance(devices, Sequence) or not all(isinstance(device, jax.Device) for device in devices):
        raise WrongType(f'devices must be "all", a sequence of devices of JAX or None, got {devices!r}.')
    apart = [device for device in devices if device.process_index != jax.process_index()]
    if not devices or apart or len(set(devices)) < len(devices):
        raise Refused(f"devices must be at least one of jax.local_devices(), each once, got {list(devices)}.")
    return devices


class Slots:
    """Places for programs: as many as there are workers, on the devices in turn. None: no device in particular."""

    def __init__(self, devices: Devices, workers: int):
        self.devices: Sequence[jax.Device | None] = devices or (None,)
        self._free: queue.SimpleQueue = queue.SimpleQueue()
        for number in range(workers):
            self._free.put(self.devices[number % len(self.devices)])

    @contextlib.contextmanager
    def one(self) -> Iterator[jax.Device | None]:
        """A device that is free, until the context ends."""
        device = self._free.get()
        try:
            yield device
        finally:
            self._free.put(device)
