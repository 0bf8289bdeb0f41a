"""Sequences back into the files of other projects."""
