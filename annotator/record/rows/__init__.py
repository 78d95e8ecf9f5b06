"""The queries of the record, on rows; each goes into the topic that it belongs to."""
