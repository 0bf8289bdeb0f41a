"""Fitting a head model to the face of a video: one identity and lens, and an expression and pose for every frame."""
