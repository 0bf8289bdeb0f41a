"""How good the track of a video is, as its own numbers have it."""

from __future__ import annotations

from typing import Any

from ...verdict import CHECK, FAILED, Reason, Verdict

# Shares of the frames that show the face, and of the outer-eye distance by which the points are off, mean and worst frame.
_FEW_FRAMES, _HARDLY_ANY = 0.9, 0.1
_OFF, _FAR_OFF, _WORST = 0.05, 0.12, 0.15


def track_verdict(metrics: dict[str, Any], damaged: str) -> Verdict:
    """metrics : of `TrackVideoResult`. damaged : what the reader says of a file that ends early, or empty."""
    reasons = []
    frames, seen, error, worst = (metrics[name] for name in ("frames", "seen", "landmark_error", "worst_frame"))
    if seen < _FEW_FRAMES * frames:
        reasons.append(
            Reason(
                FAILED if seen < _HARDLY_ANY * frames else CHECK,
                f"{frames - seen} of {frames} frames show no face that could be followed.",
                step="Look at the markers; leave frames out with --frames, or name another --person.",
            )
        )
    if error > _OFF:
        reasons.append(
            Reason(
                FAILED if error > _FAR_OFF else CHECK,
                f"The head's points are off by {100.0 * error:.1f} % of the distance of the outer eye corners in the mean.",
                step="Look at the overlays; a sharper or larger picture of the face helps.",
            )
        )
    elif worst["landmark_error"] > _WORST:
        reasons.append(
            Reason(
                CHECK,
                f"In frame {worst['frame']} the head's points are off by {100.0 * worst['landmark_error']:.0f} % of the distance "
                "of the outer eye corners.",
                step="Look at its overlay.",
            )
        )
    if damaged:
        reasons.append(Reason(CHECK, damaged, step="Export the video again, if there should be more."))
    return Verdict.of(reasons)
