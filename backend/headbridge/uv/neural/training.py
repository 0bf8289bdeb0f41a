"""Fits the network to the samples."""

from __future__ import annotations

import math
import time

import torch

from ...errors import HeadBridgeError
from ...progress import Progress
from ...threads import one_thread
from .domain import REACH
from .losses import PIXELS, LossTerm, chart_loss, smoothness_loss, uv_loss
from .network import MapNetwork
from .samples import PatchSamples
from .settings import NeuralSettings
from .soap import Soap

# Standard deviation of the normals' components: the same place has other normals on another mesh.
_NORMAL_NOISE = 0.2
_WARM_UP = 50
_REPORT_SECONDS = 0.15


@one_thread()
def fit(
    network: MapNetwork,
    samples: PatchSamples,
    settings: NeuralSettings,
    generator: torch.Generator,
    progress: Progress,
    terms: tuple[LossTerm, ...] = (),
) -> None:
    """Train `network` in place on its own device; its hidden matrices end within the spectral bound.

    Raises `HeadBridgeError` when the loss is no longer finite, `Cancelled` when asked to stop."""
    device = network.output.device
    points, normals, offsets, uvs, member, costs = (
        torch.as_tensor(array, dtype=torch.float32, device=device)
        for array in (samples.points, samples.normals, samples.offsets, samples.uvs, samples.patches, samples.costs)
    )
    optimizer = Soap(network.parameters(), settings.learning_rate)
    batches = _batches(len(points), settings.batch // 2, generator)
    # Square pixels to squared units of the layout's extent, in which the loss starts near 1.
    unit = float((PIXELS * network.uv_scale) ** 2)
    reported = 0.0
    for step in range(settings.steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * _schedule(step, settings.steps)
        chosen = next(batches)
        height = REACH * (2.0 * torch.rand(len(chosen), 2, 1, generator=generator) - 1.0)
        tilt = _NORMAL_NOISE * torch.randn(len(chosen), 2, 3, generator=generator)
        chosen, height, tilt = chosen.to(device), height.to(device), tilt.to(device)
        here = points[chosen] + height * offsets[chosen][:, None]
        facing = torch.nn.functional.normalize(normals[chosen] + tilt, dim=2)
        found, logits = network(here.reshape(-1, 3), facing.reshape(-1, 3))
        found = found.reshape(len(chosen), 2, -1, 2)
        wanted, on_patch = uvs[chosen], member[chosen]
        loss = (
            uv_loss(found.flatten(0, 1), wanted.flatten(0, 1), on_patch.repeat_interleave(2, dim=0))
            + settings.smoothness * smoothness_loss(found, wanted, points[chosen], on_patch)
            + settings.chart_weight * chart_loss(logits, costs[chosen].flatten(0, 1))
        )
        for term in terms:
            loss = loss + term(lambda at, facing: network(at, facing)[0])
        optimizer.zero_grad()
        (loss / unit).backward()
        optimizer.step()
        network.follow_norms()
        if time.perf_counter() - reported > _REPORT_SECONDS or step == settings.steps - 1:
            _check(loss.item(), step, settings)
            progress.report((step + 1) / settings.steps, "Learning the layout")
            reported = time.perf_counter()
    network.fix_spectral_norms()


def _batches(count: int, size: int, generator: torch.Generator):
    """Endless index batches from one shuffle of the samples after the other; what does not fill a batch is left out."""
    size = min(size, count)
    while True:
        order = torch.randperm(count, generator=generator)
        yield from order[: count - count % size].reshape(-1, size)


def _schedule(step: int, steps: int) -> float:
    """Share of the learning rate: a linear start, then half a cosine down to a thousandth."""
    return min(1.0, (step + 1) / _WARM_UP) * (0.001 + 0.999 * 0.5 * (1.0 + math.cos(math.pi * step / steps)))


def _check(loss: float, step: int, settings: NeuralSettings) -> None:
    if not math.isfinite(loss):
        raise HeadBridgeError(
            f"The network's training diverged: the loss is {loss} after step {step + 1} of {settings.steps}; use a "
            f"lower learning rate than {settings.learning_rate:g}, or the surface method."
        )
