# SPDX-License-Identifier: GPL-3.0-or-later
"""A job over many heads: selected objects or a folder of files, through the backend's `batch` command."""
