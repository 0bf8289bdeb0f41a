# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances: heads with curves, the cameras that saw them, and what was seen."""
