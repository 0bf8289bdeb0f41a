"""What a fit to a picture is worth: rows of numbers against the truth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch

from headbridge.fitting.photo.job import FitPhotoResult
from headbridge.fitting.photo.posed_photo import PosedPhoto
from headbridge.fitting.photo.rendering import PhotoRender
from headbridge.texture.atlas.packed_tiles import PackedTiles
from headbridge.topologies import load_builtin, load_topology

from .truth import INNER, Truth, surface_distances


def judge(
    truth: Truth, result: FitPhotoResult, mean_head: np.ndarray, pixels: np.ndarray, seconds: float
) -> dict[str, Any]:
    """One row.

    mean_head : (V, 3) mm of the model that was fitted. pixels : (H, W, 3) of the picture, 0..1."""
    view = result.views[0]
    fitted = view.fit
    topology, triangles = load_topology(fitted.model), load_builtin(fitted.model).triangles
    off = {
        (name, scale): surface_distances(truth, topology, vertices, triangles, scale)
        for name, vertices in (("mean", mean_head), ("fit", fitted.vertices))
        for scale in (False, True)
    }
    marks = topology.landmarks_51.evaluate(fitted.vertices)
    camera = view.camera
    seen = (marks @ camera.rotation.T + camera.translation) @ camera.matrix.T
    missed = np.linalg.norm(seen[:, :2] / seen[:, 2:] - truth.landmarks[INNER], axis=1)
    mean, fit = off["mean", False].mean(), off["fit", False].mean()
    return {
        "picture": truth.name,
        "mean head mm": float(mean),
        "fit mm": float(fit),
        "ratio": float(fit / mean),
        "median": float(np.median(off["fit", False])),
        "median ratio": float(np.median(off["fit", False]) / np.median(off["mean", False])),
        "scaled mm": float(off["fit", True].mean()),
        "scaled ratio": float(off["fit", True].mean() / off["mean", True].mean()),
        "landmarks %": float(100.0 * missed.mean() / truth.eye_distance),
        "dB model": view.metrics.get("psnr_model"),
        "dB": None if view.render is None else _psnr(truth, view.render, pixels),
        **({} if truth.albedo is None or result.texture is None else _albedo_off(truth, result)),
        "focal off": float(camera.matrix[0, 0] / truth.camera[0, 0]),
        "seconds": seconds,
    }


def _psnr(truth: Truth, render: np.ndarray, pixels: np.ndarray) -> float:
    """Decibels of a render (H, W, 4) inside the hull of the true landmarks, where both heads are."""
    hull = np.zeros(truth.alpha.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.round(truth.landmarks).astype(np.int32)), 1)
    inside = (hull > 0) & (truth.alpha == 255) & (render[..., 3] == 255)
    error = render[..., :3][inside] / 255.0 - pixels[inside]
    return float(-10.0 * np.log10((error**2).mean()))


def _albedo_off(truth: Truth, result: FitPhotoResult) -> dict[str, float]:
    """The fitted albedo against the painted one, both as the picture shows them inside the hull of the true landmarks,
    after the factor that brings them nearest: decibels, the largest error of a pixel's colour, and the share of pixels
    that are off by more than 0.25, per cent."""
    seen = seen_albedo(result, truth.alpha.shape)
    hull = np.zeros(truth.alpha.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.round(truth.landmarks).astype(np.int32)), 1)
    # Pixels at the edges of eyes, lips and props show more than the skin.
    painted = cv2.erode((truth.albedo.max(axis=2) > 0).astype(np.uint8), np.ones((5, 5)))
    inside = (hull * painted > 0) & (seen[..., 3] > 0.5)
    true, found = truth.albedo[inside] / 255.0, seen[inside][:, :3]
    error = found * ((true * found).sum() / (found**2).sum()) - true
    return {
        "albedo dB": float(-10.0 * np.log10((error**2).mean())),
        "albedo worst": float(np.abs(error).max()),
        "albedo > 0.25 %": float(100.0 * (np.abs(error).max(axis=1) > 0.25).mean()),
    }


def seen_albedo(result: FitPhotoResult, shape: tuple[int, int]) -> np.ndarray:
    """(H, W, 4) float32: the fitted texture without light as the first photo's camera sees it, and where that is the
    face's outer skin."""
    template, camera = load_builtin(result.fit.model), result.views[0].camera
    placed = (result.views[0].fit.vertices @ camera.rotation.T + camera.translation) * (1.0, -1.0, -1.0)
    images = {tile: image.pixels for tile, image in result.texture.images.items()}
    packing = PackedTiles(tuple(images))
    render = PhotoRender(PosedPhoto(np.zeros((*shape, 3), np.float32), placed, camera.matrix), packing.packed(template))
    colours = render.colours(torch.from_numpy(np.ascontiguousarray(packing.joined(images)[..., :3], np.float32))[None])
    topology = load_topology(result.fit.model)
    skin = (topology.regions["face"] & ~topology.no_match)[template.triangles].all(axis=1)
    shown = render.covered & np.append(skin, False)[render.triangle]
    return np.dstack([colours, shown]).astype(np.float32)


def summary_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows' mean, and how many fits are no better than the mean head."""
    numbers = {key: [row[key] for row in rows if row[key] is not None] for key in rows[0] if key != "picture"}
    mean = {key: float(np.mean(values)) if values else None for key, values in numbers.items()}
    worst = dict.fromkeys(numbers) | {
        key: float(np.max(numbers[key])) for key in ("ratio", "median ratio", "scaled ratio", "landmarks %", "seconds")
    }
    return [{"picture": "mean", **mean}, {"picture": "worst", **worst}]
