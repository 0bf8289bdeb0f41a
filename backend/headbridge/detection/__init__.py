"""Face landmarks in pictures."""
