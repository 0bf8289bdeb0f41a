# SPDX-License-Identifier: GPL-3.0-or-later
"""Head models alive in Blender: coefficients as shape keys, an armature for the joints, drivers between them."""
