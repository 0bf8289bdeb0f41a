from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headbridge.images import read_image

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture(scope="session")
def scan_from_the_front() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture (H, W, 3) of the demo scan before grey, (H, W) bool where the scan is, and its (478, 2) points."""
    pixels = read_image(GOLDEN / "scan_textured.png").encoded_as("sRGB").astype(np.float32)
    with np.load(GOLDEN / "points.npz") as stored:
        points = stored["scan_textured"][:, :2] / 100.0
    return pixels, np.abs(pixels - pixels[0, 0]).max(axis=2) > 0.02, points
