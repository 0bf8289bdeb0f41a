"""Fits of head models to 3D data: registered meshes, landmarks, scans."""
