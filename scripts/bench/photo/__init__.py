"""Path-traced pictures of known heads, and how far a fit to such a picture is off the truth."""
