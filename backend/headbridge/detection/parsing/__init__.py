"""What every pixel of a face and around it shows: skin, features, hair, things, clothes, background."""
