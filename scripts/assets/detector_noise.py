"""The noise of the face detector's points about the surface points, measured on random portraits.

Every portrait counts twice, as it is and mirrored, so that the noise is the same on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from headbridge.detection.detector import FaceDetector
from headbridge.detection.faces import MOST_FACES, face_angle, face_size, find_faces
from headbridge.detection.noise import YAW_NODES, view_angles, view_features, yaw_weights
from headbridge.detection.surface_points import surface_points

from .random_portraits import Portrait, RandomPortraits

SEEDS, PORTRAITS = (20, 21), 220
# The middles of the irises, on the subject's right and left.
IRISES = [468, 473]
# A face taken for another thing, in mean errors as shares of its size.
FAILED = 0.3
FACTORS, ITERATIONS = 24, 80
# Every fourth portrait tells how far the noise is underestimated on heads it was not fitted to.
HELD_OUT = 4
# Ridges: of the bias' bends between yaw nodes, of its slopes with the pitch, of the spread's steps between nodes.
BENDS, SLOPES, STEPS = 3.0, 2.0, 4.0


@dataclass(frozen=True, eq=False)
class Errors:
    """errors (M, 478, 2): detected less true, upright, in sizes of the face. yaw, pitch (M,): degrees."""

    errors: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray

    def chosen(self, rows: np.ndarray) -> Errors:
        return Errors(self.errors[rows], self.yaw[rows], self.pitch[rows])

    def with_mirrored(self) -> Errors:
        """One after the other, not in turns."""
        mirrored = self.errors[:, surface_points("hack").mirror] * (-1.0, 1.0)
        return Errors(
            np.concatenate([self.errors, mirrored]),
            np.concatenate([self.yaw, -self.yaw]),
            np.concatenate([self.pitch, self.pitch]),
        )


def build() -> dict[str, np.ndarray]:
    """The arrays of detector_noise.npz."""
    measured = [one for seed in SEEDS for one in measure(seed)]
    errors, directions = (np.array(part) for part in zip(*measured, strict=True))
    return estimate(Errors(errors, *view_angles(directions)))


def measure(seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Errors (478, 2) and the direction to the camera (3,), in the head's frame, of portraits with a face that was
    found."""
    portraits = RandomPortraits(seed)
    measured = []
    with FaceDetector(MOST_FACES) as detector:
        for _ in range(PORTRAITS):
            portrait = portraits.next()
            found = find_faces(portrait.pixels, detector=detector)
            if found:
                direction = -portrait.rotation.T @ portrait.translation
                measured.append((errors_of(found[0].points, portrait), direction))
    return measured


def errors_of(points: np.ndarray, portrait: Portrait) -> np.ndarray:
    """(478, 2) of detected points (478, 3)."""
    truth = portrait.truth[:, :2].copy()
    truth[IRISES] = portrait.irises
    turn = np.radians(face_angle(points))
    upright = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return (points[:, :2] - truth) @ upright.T / face_size(points)


def estimate(measured: Errors) -> dict[str, np.ndarray]:
    fixed = np.isfinite(surface_points("hack").spread)
    fixed[IRISES] = True
    apart = np.linalg.norm(measured.errors[:, fixed], axis=2).mean(axis=1)
    measured = measured.chosen(apart < FAILED)
    numbers = np.flatnonzero(fixed)
    held_out = np.arange(len(measured.yaw)) % HELD_OUT == 0
    seen, unseen = measured.chosen(~held_out).with_mirrored(), measured.chosen(held_out).with_mirrored()
    excess = float(chi_squares(fitted(seen, numbers), unseen, numbers).mean())
    print(f"{len(measured.yaw)} portraits; chi^2 per coordinate on unseen heads {excess:.3f}")
    noise = fitted(measured.with_mirrored(), numbers)
    noise["spread"] *= np.sqrt(excess)
    return {"numbers": numbers.astype(np.int16)} | {name: array.astype(np.float32) for name, array in noise.items()}


def fitted(measured: Errors, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """bias, spread, factors and own as `DetectorNoise` has them."""
    errors = measured.errors[:, numbers]
    features, nodes = view_features(measured.yaw, measured.pitch), yaw_weights(measured.yaw)
    bias = robust_bias(errors, features)
    rest = errors - np.einsum("mf,fpd->mpd", features, bias)
    spread = node_spread(rest, nodes)
    unit = rest / np.sqrt(np.einsum("my,ypd->mpd", nodes, spread**2))
    factors, own = factor_analysis(unit.reshape(len(unit), -1))
    return {
        "bias": bias,
        "spread": spread,
        "factors": factors.reshape(len(numbers), 2, -1),
        "own": own.reshape(-1, 2),
    }


def robust_bias(errors: np.ndarray, features: np.ndarray) -> np.ndarray:
    """(F, P, 2) by ridge regression, single detections far off counting less (Cauchy's weights)."""
    nodes, count = len(YAW_NODES), features.shape[1]
    bends = np.zeros((nodes - 2, count))
    for row in range(nodes - 2):
        bends[row, row : row + 3] = (1.0, -2.0, 1.0)
    ridge = BENDS * bends.T @ bends
    ridge[nodes:, nodes:] += SLOPES * np.eye(count - nodes)
    weights = np.ones(errors.shape[:2])
    for _ in range(4):
        left = np.einsum("mf,mp,mg->pfg", features, weights, features, optimize=True) + ridge
        right = np.einsum("mf,mp,mpd->pfd", features, weights, errors, optimize=True)
        bias = np.linalg.solve(left, right).transpose(1, 0, 2)
        apart = np.linalg.norm(errors - np.einsum("mf,fpd->mpd", features, bias), axis=2)
        weights = 1.0 / (1.0 + (apart / (3.0 * np.median(apart, axis=0))) ** 2)
    return bias


def node_spread(rest: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """(Y, P, 2) standard deviations at the yaw nodes."""
    usual = np.median(np.abs(rest), axis=0)
    squares = np.minimum(rest**2, (5.0 * usual) ** 2)
    steps = np.diff(np.eye(nodes.shape[1]), axis=0)
    left = nodes.T @ nodes + STEPS * steps.T @ steps
    variance = np.linalg.solve(left, nodes.T @ squares.reshape(len(rest), -1)).reshape(-1, *rest.shape[1:])
    return np.sqrt(np.maximum(variance, (0.3 * usual) ** 2))


def factor_analysis(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(D, FACTORS) factors and (D,) own variances of (M, D) samples of mean 0, by expectation maximisation (Rubin and
    Thayer 1982)."""
    covariance = samples.T @ samples / len(samples)
    values, vectors = np.linalg.eigh(covariance)
    factors = vectors[:, -FACTORS:] * np.sqrt(np.maximum(values[-FACTORS:], 1e-6))
    total = np.diag(covariance)
    own = np.maximum(total - (factors**2).sum(axis=1), 0.01 * total)
    for _ in range(ITERATIONS):
        scaled = factors / own[:, None]
        posterior = np.linalg.inv(np.eye(FACTORS) + factors.T @ scaled)
        cross = covariance @ scaled @ posterior
        second = posterior + posterior @ scaled.T @ cross
        factors = cross @ np.linalg.inv(second)
        own = np.maximum(total - (cross * factors).sum(axis=1), 0.01 * total)
    return factors, own


def chi_squares(noise: dict[str, np.ndarray], measured: Errors, numbers: np.ndarray) -> np.ndarray:
    """(M,) r^T C^-1 r per coordinate; their mean is 1 under the right noise."""
    features, nodes = view_features(measured.yaw, measured.pitch), yaw_weights(measured.yaw)
    rest = measured.errors[:, numbers] - np.einsum("mf,fpd->mpd", features, noise["bias"])
    unit = (rest / np.sqrt(np.einsum("my,ypd->mpd", nodes, noise["spread"] ** 2))).reshape(len(rest), -1)
    factors = noise["factors"].reshape(unit.shape[1], -1)
    covariance = factors @ factors.T + np.diag(noise["own"].ravel())
    return np.einsum("md,md->m", unit, np.linalg.solve(covariance, unit.T).T) / unit.shape[1]
