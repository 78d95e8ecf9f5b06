"""Tables of a row a region or an image."""
