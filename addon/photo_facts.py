# SPDX-License-Identifier: GPL-3.0-or-later
"""What a camera object knows of the photo it looks through."""

from __future__ import annotations

import json

import bpy

# Object property: JSON of what is known of the photo: its "size" in pixels and, where an upright picture of it is
# shown, its "source" (see `PhotoSource`), else None; of a fitted one also its "number", its "light", the head's
# "coefficients" in it, the names of its "landmarks", those that were deleted among them, and the paths of another
# predictor's "dense_uv" and "normals" that it was fitted with.
PHOTO_KEY = "headbridge_photo"


def facts_of(obj: bpy.types.Object | None) -> dict | None:
    """What is known of the photo a camera object looks through; None for other objects."""
    return json.loads(obj[PHOTO_KEY]) if obj is not None and obj.type == "CAMERA" and PHOTO_KEY in obj else None


def note_facts(obj: bpy.types.Object, facts: dict) -> None:
    """Keep what is known of a photo with the camera that looks through it."""
    obj[PHOTO_KEY] = json.dumps(facts)
