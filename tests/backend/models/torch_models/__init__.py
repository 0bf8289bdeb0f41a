"""The head models written a second time, each by its own formula, in torch."""
