"""Project files of other annotation tools: CVAT, Label Studio."""
