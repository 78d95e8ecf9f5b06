"""What a project's confirmed images teach: plain numbers in, plain numbers out."""
