"""Damaged files for every reader: `python -m tests.fuzz --mutations 2000` from the project's folder is the long run."""
