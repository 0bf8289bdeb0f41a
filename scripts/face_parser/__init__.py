"""Portraits with the class of every pixel, made from open parts, and what a face parser is trained with."""
