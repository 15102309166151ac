"""PyTorch's optimizers as on_gpu.py times them, fused and foreach; nothing where torch is not installed."""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any


def torch_updates(name: str, shapes: Sequence[tuple[int, ...]]) -> dict[str, Callable[[], None]]:
    """An update of parameters of these shapes by name of the peer; empty where torch has no such optimizer."""
    if not importlib.util.find_spec("torch"):
        return {}
    import torch

    makers: dict[str, Callable[..., Any]] = {
        "sgd, momentum": lambda params, **how: torch.optim.SGD(params, 1e-3, momentum=0.9, **how),
        "adam": lambda params, **how: torch.optim.Adam(params, 1e-3, **how),
        "adamw": lambda params, **how: torch.optim.AdamW(params, 1e-3, **how),
    }
    if name not in makers:
        return {}
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def prepared(how: str) -> Callable[[], None]:
        params = [torch.ones(shape, device=device, requires_grad=True) for shape in shapes]
        for param in params:
            param.grad = torch.randn_like(param)
        tx = makers[name](params, **{how: True})

        def run() -> None:
            tx.step()
            if device.type == "cuda":
                torch.cuda.synchronize()

        return run

    return {f"torch, {how}": prepared(how) for how in ("fused", "foreach")}
