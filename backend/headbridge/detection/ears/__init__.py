"""Where a picture shows the ears, or that it does not."""
