"""What goes out. Here, and nowhere earlier, facts meet words.

`summary` is the one line, `story` the whole as lines, which `text` and `terminal` print; `plain` is
the diagnosis as JSON; `html` the report of a scan; `har` and `annotated` write a HAR with all of it
beside its entries. `redaction/` takes the secrets out of whatever leaves.
"""
