# SPDX-License-Identifier: GPL-3.0-or-later
"""HeadBridge: the entry point Blender loads. Everything that imports bpy lives in `addon`."""

from .addon import register, unregister

__all__ = ["register", "unregister"]
