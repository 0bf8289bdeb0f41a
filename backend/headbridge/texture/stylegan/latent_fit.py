"""The generated texture that photos of a head show."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from ...errors import InputError
from ...images.colour import psnr
from ...progress import Progress
from ...render import Faces, Raster, sample_texture
from ..atlas.layout import HeadLayout
from .generator import Generator
from .latents import LatentSpace

# Past steps that the curvature is told from, and a change of the loss that is none.
_MEMORY, _LEAST_CHANGE = 20, 1e-7


@dataclass(frozen=True, eq=False)
class SeenTexture:
    """What a photo shows of a head whose place, camera and light are known.

    raster : the head on the screen, one view of H x W. uvs : (1, H, W, 2) in the generator's layout, 0..1. shading :
    (1, H, W, 3), factors of the albedo. colours : (1, H, W, 3) the photo, encoded sRGB 0..1. weights : (1, H, W) >= 0.
    """

    raster: Raster
    uvs: torch.Tensor
    shading: torch.Tensor
    colours: torch.Tensor
    weights: torch.Tensor


def seen_in_layout(
    layout: HeadLayout, uvs: np.ndarray, picture: np.ndarray, known: np.ndarray, device: str
) -> SeenTexture:
    """A texture (H, W, 3) of the head's layout, encoded sRGB 0..1, seen as a photo is: each texel as a pixel, without light.

    uvs : (C, 2) the generator's layout on the head's corners. known : (H, W) bool."""
    mesh, covered = layout.packed, layout.covered
    shown = np.zeros((1, len(mesh.triangles)), np.int32)
    shown[0, layout.raster.triangle[covered]] = 1
    triangle = np.where(covered, layout.raster.triangle, -1)[None].astype(np.int32)
    places = np.zeros((1, *layout.shape, 2), np.float32)
    places[0, covered] = layout.places(uvs)

    def tensor(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(device)

    raster = Raster(tensor(triangle), tensor(shown), Faces(mesh.triangles, len(mesh.vertices), device), False)
    colours = tensor(picture[None].astype(np.float32))
    return SeenTexture(
        raster, tensor(places), torch.ones_like(colours), colours, tensor(known[None].astype(np.float32))
    )


@dataclass(frozen=True)
class LatentFitSettings:
    """schedule : (resolution, evaluations) one after another, coarse ones first: the picture so far at low resolution
    costs a fraction. Resolutions above the generator's are left out, its own is always the last. prior : weight of the
    latents' penalty beside the mean over pixels of half the squared error in units of `noise`. noise : expected error
    of colours, 0..1."""

    schedule: tuple[tuple[int, int], ...] = ((64, 60), (128, 25), (256, 12), (512, 8))
    prior: float = 0.2
    noise: float = 0.04


@dataclass(frozen=True, eq=False)
class LatentFit:
    """latents : (N, D) and styles : (1, style count, style). texture : (R, R, 3) encoded sRGB 0..1, row 0 at the top.
    psnr : dB of the colours, weighted. stages : (resolution, loss before, loss after, seconds)."""

    latents: torch.Tensor
    styles: torch.Tensor
    texture: torch.Tensor
    psnr: float
    stages: tuple[tuple[int, float, float, float], ...]


def fit_latents(
    generator: Generator,
    space: LatentSpace,
    seen: list[SeenTexture],
    settings: LatentFitSettings | None = None,
    progress: Progress | None = None,
) -> LatentFit:
    """Latents whose texture, on the head and under its light, gives the photos' colours.

    Robust in colour (Charbonnier), by L-BFGS from the middle of `space`: light and noise are fixed, so the loss is
    smooth and always the same, and its narrow valleys want curvature. Differentiable rendering carries the colours'
    error to the texture, the generator on to its latents.
    Raises `InputError` when no pixel is seen."""
    settings, progress = settings or LatentFitSettings(), progress or Progress()
    total = sum(float(view.weights.sum()) for view in seen)
    if not total > 0.0:
        raise InputError("No pixel of the photos shows the head's skin, so no texture can be fitted to them.")
    schedule = _schedule(settings, generator)
    latents = space.start.clone().requires_grad_(True)
    steps = sum(count for _, count in schedule)

    def minimised(resolution: int, count: int, before: int) -> tuple[int, float, float, float]:
        """One stage, `before` evaluations into the fit."""
        losses, began = [], time.perf_counter()
        optimiser = torch.optim.LBFGS(
            [latents],
            max_iter=count,
            max_eval=count,
            history_size=_MEMORY,
            tolerance_change=_LEAST_CHANGE,
            line_search_fn="strong_wolfe",
        )

        def loss_and_gradient() -> torch.Tensor:
            done = min(before + len(losses), steps)
            progress.report(done / steps, f"Texture at {resolution} x {resolution}")
            optimiser.zero_grad()
            texture = texture_of(generator, space.styles(space.held(latents)), resolution)
            error = sum(_charbonnier(view, texture, settings.noise) for view in seen) / total
            loss = error + settings.prior * space.penalty(latents)
            loss.backward()
            losses.append(loss.item())
            return loss

        optimiser.step(loss_and_gradient)
        with torch.no_grad():
            latents.copy_(space.held(latents))
        return resolution, losses[0], min(losses), time.perf_counter() - began

    stages, step = [], 0
    for resolution, count in schedule:
        stages.append(minimised(resolution, count, step))
        step += count
    with torch.no_grad():
        styles = space.styles(latents)
        texture = texture_of(generator, styles, generator.shape.resolution).clamp(0.0, 1.0)
        squares = sum(float((_error(view, texture).square().mean(dim=-1) * view.weights).sum()) for view in seen)
    return LatentFit(latents.detach(), styles, texture[0], psnr(squares / total), tuple(stages))


def _schedule(settings: LatentFitSettings, generator: Generator) -> list[tuple[int, int]]:
    full = generator.shape.resolution
    schedule = [(resolution, count) for resolution, count in settings.schedule if resolution < full]
    last = [count for resolution, count in settings.schedule if resolution >= full] or [settings.schedule[-1][1]]
    return [*schedule, (full, last[0])]


def texture_of(generator: Generator, styles: torch.Tensor, resolution: int) -> torch.Tensor:
    """(1, R, R, 3) encoded sRGB, not clipped."""
    picture = generator.synthesis(styles, resolution=resolution)
    return (0.5 * (picture + 1.0)).permute(0, 2, 3, 1).float()


def _error(view: SeenTexture, texture: torch.Tensor) -> torch.Tensor:
    return sample_texture(texture, view.uvs, view.raster) * view.shading - view.colours


def _charbonnier(view: SeenTexture, texture: torch.Tensor, noise: float) -> torch.Tensor:
    """Sum over pixels of a loss that is half the square for errors of the noise's size and linear beyond."""
    squares = _error(view, texture).square().mean(dim=-1) / noise**2
    return (((squares + 1.0).sqrt() - 1.0) * view.weights).sum()
