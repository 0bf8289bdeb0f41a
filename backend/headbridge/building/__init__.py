"""Building a texture space from photos: unwrap each, complete what it does not show, find principal components."""
