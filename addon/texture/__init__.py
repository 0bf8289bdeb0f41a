# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of spaces and generators on heads of the scene: sliders, live picture, completion."""
