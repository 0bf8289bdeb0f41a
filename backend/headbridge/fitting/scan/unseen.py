"""How like the scan its fitted head looks from where nobody looked yet."""

from __future__ import annotations

import numpy as np

from ...detection.on_meshes.camera import Camera, looking
from ...detection.on_meshes.scene import Scene
from ...images.colour import psnr
from ...progress import Progress

# Between the views of the landmarks.
_VIEWS = ((-37, 6), (-22, -6), (-7, 8), (7, -5), (22, 6), (37, -6))
_HALF_HEIGHT, _SIZE = 120.0, 512


def unseen_psnr(scan: Scene, head: Scene, face: np.ndarray, middle: np.ndarray, progress: Progress) -> dict[str, float]:
    """Peak signal-to-noise ratio in dB of the head's colours against the scan's in the face, without light.

    scan, head : in one canonical frame, mm; face : (V,) bool of the head's vertices; middle : (3,) of the face.
    Returns JSON-able mean, least (of the views) and the number of views."""
    inside = face[head.mesh.triangles].all(axis=1)
    values = []
    for number, (yaw, pitch) in enumerate(_VIEWS):
        progress.report(number / len(_VIEWS), "Looking from unseen sides")
        camera = Camera(looking(yaw, pitch), middle, _HALF_HEIGHT, _SIZE)
        theirs, there = scan.unlit(camera)
        ours, here = head.unlit(camera)
        shown = there.hit & here.hit & inside[here.triangles]
        values.append(psnr(float(np.mean((theirs[shown] - ours[shown]) ** 2))))
    return {"mean": float(np.mean(values)), "least": float(np.min(values)), "views": len(values)}
