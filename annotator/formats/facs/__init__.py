"""Tables of facial action coding, by still and by frame."""
