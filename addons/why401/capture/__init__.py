"""What comes in: HAR files of any producer and mitmproxy flow files, entry by entry.

`read.read_capture` picks the reader by what the file holds. Only `flows` imports mitmproxy.
"""
