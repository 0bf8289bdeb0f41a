"""Fitting a head to photos: camera, shape, expression and pose, light and texture."""
