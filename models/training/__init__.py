"""Training classifiers, and where they look: tensors in, weights out; no files of the product."""
