# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's own Python environments: one place per user for all Blender versions, made beside the one in use.

Nothing here touches bpy, so that the tests run it without Blender.
"""
