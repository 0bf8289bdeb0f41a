"""The arrays of the HACK model, in HeadBridge's units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VERTICES, IDENTITIES, EXPRESSIONS, BONES = 14062, 200, 55, 8


@dataclass(frozen=True, eq=False)
class HackBones:
    """The cervical spine, root first: c7-t1, c6-c7, ... c1-c2, o-c1. It is the template's and does not follow identity.

    names : 8. parents : (8,) int64, the root's is -1. joints : (8, 3) mm, where each bone turns, in the rest pose.
    axes : (8, 3, 3), columns are each bone's own axes in the head's frame, in the rest pose: poses turn about these.
    """

    names: tuple[str, ...]
    parents: np.ndarray
    joints: np.ndarray
    axes: np.ndarray


@dataclass(frozen=True, eq=False)
class HackData:
    """The HACK head and neck; millimetres (HACK's files are in centimetres), Y up, face along +Z. V is 14,062.

    mean : (V, 3) mean head. identity : (200, V, 3) displacements per standard deviation.
    expression : (55, V, 3) displacements of blendshapes in 0..1; expression_names : their names, alphabetical.
    pose_correctives : (63, V, 3), per entry of the row-major R - 1 of bones 1 to 7.
    bones : the spine. weights : (V, 8) skinning weights, rows sum to 1.
    larynx : (H, W) float32 in 0..1, how far the larynx pushes; larynx_places : (V, 2) where each vertex reads it, in
        -1..1 from the first to the last column and row. larynx_push : (3,) mm.
    name : what to call the model in messages.
    """

    mean: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    expression_names: tuple[str, ...]
    pose_correctives: np.ndarray
    bones: HackBones
    weights: np.ndarray
    larynx: np.ndarray
    larynx_places: np.ndarray
    larynx_push: np.ndarray
    name: str

    @property
    def label(self) -> str:
        """The model and its name, for messages."""
        return f"HACK ({self.name})"
