# SPDX-License-Identifier: GPL-3.0-or-later
"""Points that the user sets by mouse on heads and photos: where they lie, what they pull, how they are drawn."""
