"""What leaves in an export: which annotations, of which images, in which split."""
