"""The use cases. The command line and the user interface both call these, and nothing deeper."""
