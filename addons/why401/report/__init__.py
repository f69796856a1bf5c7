"""What goes out: annotated HAR, redaction, text, JSON and HTML."""
