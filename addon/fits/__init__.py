# SPDX-License-Identifier: GPL-3.0-or-later
"""Fits of head models to what is in the scene, and what else is made with them: random heads, converted heads."""
