# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of docs/, which travel with the extension, in the web browser: which page an operator or a setting is told on,
and the page as HTML."""
