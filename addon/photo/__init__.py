# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads from photos: the fit, the cameras that look through the photos, light, landmarks on the photos, textures."""
