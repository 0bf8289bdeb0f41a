"""What the ear finder learns from."""
