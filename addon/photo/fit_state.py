# SPDX-License-Identifier: GPL-3.0-or-later
"""What the photos of a head are fitted again from, as the backend wrote it."""

from __future__ import annotations

import base64

import bpy

# Object property of the head: base64 of the file.
_KEY = "headbridge_fit_state"


def keep(head: bpy.types.Object, state: bytes) -> None:
    """Keep the file's content with a head."""
    head[_KEY] = base64.b64encode(state).decode("ascii")


def of(head: bpy.types.Object | None) -> bytes | None:
    """The file's content; None for heads that were not fitted to photos, or by an earlier version."""
    return base64.b64decode(head[_KEY]) if head is not None and _KEY in head else None
