"""Textures that are given for every z: what the start of a generator's training learns."""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from headbridge.errors import InputError
from headbridge.spatial.rasterise import rasterise_uv
from headbridge.texture.open_space import PADDING_SHARE, load_open_space
from headbridge.texture.plausible import plausible_coefficients
from headbridge.texture.stylegan.generator import on_sphere
from headbridge.topologies import load_builtin, load_topology

# What z has beyond the space's components: brightness, redness and yellowness that vary slowly over the face, standard
# deviations in sRGB.
_HUES = np.array([(0.012, 0.012, 0.012), (0.004, -0.004, -0.003), (0.002, 0.002, -0.004)])
# How much errors count off the charts, on skin, and what the face and its middle add.
_BESIDE, _FACE, _NARROW = 0.1, 1.0, 1.0
_SMALLEST = 4


class DistillationTargets:
    """The open space in a layout's first tile as a function of z on its sphere: the first K entries are made natural
    coefficients of its components (`plausible_coefficients`), the others vary the tone slowly over the face.

    latent : length of z. resolution : the largest. weights : (1, 1, R, R) of texels, 1 in the mean, by resolution R.
    Raises `InputError` when z is shorter than the space."""

    def __init__(self, layout: str, resolution: int, latent: int, device: str = "cpu"):
        space = load_open_space(layout, resolution)
        if latent < space.count:
            raise InputError(f"The open space has {space.count} components; choose a latent at least as long.")
        self._labels = space.labels
        skin, weights = _areas(layout, resolution)
        fields = _tone_fields(skin, weights > 1.0, latent - space.count)
        maps = np.concatenate([space.mean[0][..., None], space.components[0], fields], axis=-1, dtype=np.float32)
        maps = 2.0 * torch.from_numpy(maps).to(device).permute(3, 2, 0, 1)
        maps[0] -= 1.0
        weights = torch.from_numpy(weights)[None, None].to(device)
        self._maps, self.weights = {}, {}
        while resolution >= _SMALLEST:
            self._maps[resolution] = maps.flatten(1).contiguous()
            self.weights[resolution] = weights / weights.mean()
            maps, weights = F.avg_pool2d(maps, 2), F.avg_pool2d(weights, 2)
            resolution //= 2

    def lengths(self) -> torch.Tensor:
        """(latent,) how much each entry of z changes the texture, 1 in the mean."""
        resolution = max(size for size in self._maps if size <= 64)
        squares = self._maps[resolution][1:].view(-1, 3, resolution, resolution).square() * self.weights[resolution]
        lengths = squares.mean(dim=(1, 2, 3)).sqrt()
        return lengths / lengths.mean()

    def pictures(self, z: torch.Tensor, resolution: int) -> torch.Tensor:
        """(B, 3, R, R) in -1..1 of (B, latent)."""
        z = on_sphere(z)
        count = len(self._labels)
        coefficients = torch.from_numpy(plausible_coefficients(self._labels, z[:, :count].cpu().numpy())).to(z)
        maps = self._maps[resolution]
        flat = torch.addmm(maps[:1], torch.cat([coefficients, z[:, count:]], dim=1), maps[1:])
        return flat.view(-1, 3, resolution, resolution).clamp(-1.0, 1.0)


def _areas(layout: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(size, size) float32: where a layout's first tile shows skin, and how much the texels' errors count."""
    mesh, topology = load_builtin(layout), load_topology(layout)
    raster = rasterise_uv(mesh.uvs[mesh.triangle_corners].astype(np.float64), size)

    def area(vertices: np.ndarray) -> np.ndarray:
        return np.append(vertices[mesh.triangles].all(axis=1), False)[raster.triangle].astype(np.float32)

    weights = np.where(raster.covered, 1.0, _BESIDE).astype(np.float32)
    for name, more in (("face", _FACE), ("narrow_face", _NARROW)):
        weights += more * area(topology.regions[name] & topology.skin)
    return area(topology.skin), weights


def _tone_fields(skin: np.ndarray, face: np.ndarray, count: int) -> np.ndarray:
    """(size, size, 3, count) cosines over the face's box, the slowest first, each in every hue; 0 off the skin."""
    rows, columns = np.nonzero(face)
    v, u = (
        np.clip((np.arange(len(skin)) - places.min()) / (places.max() - places.min()), 0.0, 1.0)
        for places in (rows, columns)
    )
    wider = cv2.dilate(skin, np.ones((3, 3)), iterations=round(PADDING_SHARE * len(skin)))
    soft = cv2.GaussianBlur(wider, (0, 0), len(skin) / 256.0)
    # Waves along u and v: enough of them for all that are asked for.
    most = range(math.isqrt(count) + 1)
    waves = sorted(((i, j) for i in most for j in most), key=lambda wave: (sum(wave), wave))
    fields = np.zeros((*skin.shape, 3, count))
    for number in range(count):
        i, j = waves[number // len(_HUES)]
        shade = soft * np.cos(math.pi * j * v)[:, None] * np.cos(math.pi * i * u)
        fields[..., number] = shade[..., None] * _HUES[number % len(_HUES)]
    return fields
