"""Counts the bytes and operations of a computation whose tensors have shapes and no content."""

import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter
from torch.utils.flop_counter import flop_registry

from workbench.engine.device import LARGE


class Meter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Follows what is alive while it is active; what was there before is told by `hold`.

    Attributes:
        small: Most bytes at one time of tensors below `LARGE`, since the last `restart`.
        large: Most bytes at one time of the other ones.
        both: Most bytes of all at one time.
        flops: Operations of matrix products, convolutions and attention.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._alive: dict[int, int] = {}
        self._now = [0, 0]
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is alive now."""
        self.small, self.large = self._now
        self.both, self.flops = sum(self._now), 0

    @property
    def now(self) -> tuple[int, int]:
        """Bytes that are alive now, in small and in large tensors."""
        return self._now[0], self._now[1]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute, and count what comes out."""
        result = func(*args, **(kwargs or {}))
        if formula := flop_registry.get(func._overloadpacket):
            self.flops += formula(*args, **(kwargs or {}), out_val=result)
        self.hold(result)
        return result

    def hold(self, tensors: Any) -> None:
        """Count tensors, each memory once, however many look at it."""
        for tensor in tree_iter(tensors):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                if storage._cdata not in self._alive:
                    self._alive[storage._cdata] = storage.nbytes()
                    self._add(storage.nbytes(), 1)
                    weakref.finalize(storage, self._gone, storage._cdata)

    def _gone(self, key: int) -> None:
        self._add(self._alive.pop(key), -1)

    def _add(self, amount: int, sign: int) -> None:
        self._now[amount >= LARGE] += sign * amount
        self.small, self.large = max(self.small, self._now[0]), max(self.large, self._now[1])
        self.both = max(self.both, sum(self._now))
