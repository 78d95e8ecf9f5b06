"""Networks of ours that are trained here."""
