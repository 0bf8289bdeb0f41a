"""Fitting a head model to the meshes of a performance: one identity, and an expression and pose for every frame."""
