"""The detector's networks on a device: cuts from pictures in, arrays out, as many at once as there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ..threads import one_thread
from .networks import FaceBoxNetwork, FaceMeshNetwork
from .networks.weights import load_network

# Cuts that go through a network together. More of them gain nothing on a CPU and need more memory.
_MOST_AT_ONCE = 16
# Bytes; glibc adapts to blocks of up to 32 MiB.
_LARGE_BLOCK = 31 << 20


class Looking:
    """The two networks. device : "cpu" or "cuda". Raises `HeadBridgeError` as `load_network`."""

    def __init__(self, device: str):
        self._box = load_network(FaceBoxNetwork, device)
        self._mesh = load_network(FaceMeshNetwork, device)
        self._device = device
        # On Linux the C library hands every large block back to the system when it is freed, and the pages of the next one
        # cost more than a layer computed in them, until a block of this size was freed once.
        np.empty(_LARGE_BLOCK, np.uint8)

    def boxes(self, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 896) probabilities and (N, 896, 16) values of BlazeFace's anchors, float64, for (N, 128, 128, 3) uint8."""
        scores, values = self._batches(lambda x: self._box(x.div_(127.5).sub_(1.0)), cuts)
        return _sigmoid(scores), values

    def points(self, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(N, 478, 3) points in pixels of the cut and (N,) probabilities of a face, float64, for (N, 192, 192, 3) uint8."""
        points, presence = self._batches(lambda x: self._mesh(x.div_(255.0)), cuts)
        return points, _sigmoid(presence)

    @one_thread()
    @torch.inference_mode()
    def _batches(self, network: Callable[[torch.Tensor], tuple[torch.Tensor, ...]], cuts: np.ndarray):
        parts = []
        for first in range(0, len(cuts), _MOST_AT_ONCE):
            bytes_ = torch.from_numpy(cuts[first : first + _MOST_AT_ONCE]).to(self._device)
            # A view of pixels in rows is a tensor with the channels last already.
            parts.append([answer.cpu() for answer in network(bytes_.permute(0, 3, 1, 2).float())])
        return [torch.cat(answers).numpy().astype(np.float64) for answers in zip(*parts)]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(x, -100.0, 100.0)))
