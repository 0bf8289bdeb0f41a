"""What of a fit to photos is to be looked at."""

from __future__ import annotations

from ...verdict import CHECK, Reason, Verdict
from .job import FittedView
from .seen_face import SeenFace

# Of the outer-eye distance; fits to ordinary portraits come to 0.015 to 0.03.
_LARGEST_LANDMARK_ERROR = 0.05


def judge(
    faces: tuple[SeenFace, ...], views: tuple[FittedView, ...], strangers: list[int], left_out: list[str]
) -> Verdict:
    """strangers : numbers of the photos that show another person than the others. left_out : sentences, why photos were
    not fitted."""
    reasons = [Reason(CHECK, text, step="Give its landmarks, or fit without it.") for text in left_out]
    if strangers:
        names = " and ".join(faces[number].name for number in strangers)
        text = (
            f"{names} do not show one person: the head is a mean of both."
            if len(strangers) == len(faces)
            else f"{names}: this does not look like the person of the other photos."
        )
        reasons.append(Reason(CHECK, text, step="Fit photos of one person alone."))
    for face, view in zip(faces, views, strict=True):
        if face.doubt is not None:
            reasons.append(Reason(CHECK, f"{face.name}: {face.doubt}.", step=_LOOK))
        if view.metrics["landmark_error"] > _LARGEST_LANDMARK_ERROR:
            off = 100.0 * view.metrics["landmark_error"]
            text = f"{face.name}: the head is {off:.1f} % of the outer-eye distance off the landmarks."
            reasons.append(Reason(CHECK, text, step=_LOOK))
    return Verdict.of(reasons)


_LOOK = "See whether the landmarks lie on the face; move those that do not and fit again."
