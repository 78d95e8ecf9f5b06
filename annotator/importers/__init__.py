"""The way in for other tools' files: what they say of images, as values of the product."""
