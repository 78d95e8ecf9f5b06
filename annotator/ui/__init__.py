"""The app: Streamlit only. Pages call `annotator.workflows` and nothing deeper."""
