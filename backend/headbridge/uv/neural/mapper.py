"""The neural method's `PointMapper`, trained or taken from the cache."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch

from ...cache import content_key
from ...device import warp_device
from ...errors import DeviceError
from ...progress import Progress
from ...threads import one_thread
from ..patches import Patches
from .domain import PatchDomain
from .losses import COST_UNIT, LossTerm
from .network import MapNetwork
from .samples import sample_patches
from .settings import NeuralSettings
from .training import fit

CACHE_KIND = "uv_network"
# Counts changes to this package after which weights cached before mean something else.
_CODE_VERSION = 1
# Points that pass through the network at a time: hidden values of so many fit a processor's cache.
_CHUNK = 16384


class ArrayCache(Protocol):
    """What is needed of `cache.Cache`."""

    def get(self, kind: str, key: str) -> dict[str, np.ndarray] | None: ...

    def put(self, kind: str, key: str, arrays: dict[str, np.ndarray]) -> None: ...


class NeuralMapper:
    """`PointMapper` by a network that learned the source's patches: points and normals to a UV and a logit per patch.

    Points beyond the layer around the patches in which it was trained are answered as the nearest place in that layer.

    patches : what it learned; arrays : the trained network, as `arrays()` of another mapper gives it.
    `network` is the trained `MapNetwork`."""

    def __init__(self, patches: Patches, settings: NeuralSettings, arrays: dict[str, np.ndarray], device: str = "cpu"):
        self._domain = PatchDomain(patches, device)
        network = MapNetwork(len(patches), settings, torch.Generator())
        network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in arrays.items()})
        self.network = network.to(_torch_device(device))

    def arrays(self) -> dict[str, np.ndarray]:
        """The network's weights and frames by name."""
        return _arrays(self.network)

    def patch_costs(self, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(P, S) costs in mm, above 0: minus the logarithm of the patches' probabilities, as they were trained."""
        return self._evaluate(*self._domain.near_any(points, normals))[1]

    def uvs(self, points: np.ndarray, patches: np.ndarray, normals: np.ndarray) -> np.ndarray:
        """(P, 2) the UV of each point, with its unit normal, on the patch it was given to."""
        uvs, _ = self._evaluate(*self._domain.near_own(points, patches, normals))
        return uvs[np.arange(len(points)), patches]

    @one_thread()
    @torch.no_grad()
    def _evaluate(self, points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(P, S, 2) UVs and (P, S) costs, float64."""
        count = self.network.patch_count
        uvs, costs = np.zeros((len(points), count, 2)), np.zeros((len(points), count))
        device = self.network.output.device
        for start in range(0, len(points), _CHUNK):
            part = slice(start, start + _CHUNK)
            inputs = (
                torch.as_tensor(np.asarray(array[part]), dtype=torch.float32, device=device)
                for array in (points, normals)
            )
            found, logits = self.network(*inputs)
            uvs[part] = found.cpu().numpy()
            costs[part] = -COST_UNIT * torch.log_softmax(logits, dim=1).cpu().numpy()
        return uvs, costs


def train_mapper(
    patches: Patches,
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
    cache: ArrayCache | None = None,
    settings: NeuralSettings | None = None,
    terms: tuple[LossTerm, ...] = (),
) -> NeuralMapper:
    """A network that gives the points on (and near) `patches` their UVs.

    The network is that of AUV-Net (Chen et al. 2022, "AUV-Net: learning aligned UV maps for texture transfer and
    synthesis") as far as a single head with a known layout needs it: coordinates to UV and to the chart.

    seed : of the samples, the first weights and the order of the batches. cache : where trained networks are looked for
    and kept. terms : further losses, see `LossTerm`.
    The same patches, seed, settings and device give the same network. Errors as of `training.fit`, and `DeviceError`.
    """
    progress, settings = progress or Progress(), settings or NeuralSettings()
    torch_device = _torch_device(device)
    key = content_key(_CODE_VERSION, torch.__version__, device, patches, seed, settings, [term.key for term in terms])
    known = cache.get(CACHE_KIND, key) if cache is not None else None
    if known is not None:
        return NeuralMapper(patches, settings, known, device)
    samples = sample_patches(patches, settings.samples, np.random.default_rng(seed), progress, device)
    generator = torch.Generator().manual_seed(seed)
    network = MapNetwork(len(patches), settings, generator)
    network.fit_frame(samples.points.reshape(-1, 3), samples.uvs.reshape(-1, 2))
    network.to(torch_device)
    fit(network, samples, settings, generator, progress, terms)
    arrays = _arrays(network)
    if cache is not None:
        cache.put(CACHE_KIND, key, arrays)
    return NeuralMapper(patches, settings, arrays, device)


def _arrays(network: MapNetwork) -> dict[str, np.ndarray]:
    return {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}


def _torch_device(name: str) -> torch.device:
    warp_device(name)
    if name == "cuda" and not torch.cuda.is_available():
        raise DeviceError(
            "The device 'cuda' was asked for, but the installed PyTorch is built without CUDA or finds no device; "
            "install PyTorch with CUDA or use the device 'cpu'."
        )
    return torch.device(name)
