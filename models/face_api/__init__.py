"""The networks of face-api.js: expressions, 68 landmarks and a face detector."""
