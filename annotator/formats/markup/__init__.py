"""JSON and XML as strangers write them, read without trust."""
