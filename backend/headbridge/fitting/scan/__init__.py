"""Fitting a head to an arbitrary scan."""
