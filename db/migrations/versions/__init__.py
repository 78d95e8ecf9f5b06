"""One file a step, in the order of their revision numbers; a released step is never changed."""
