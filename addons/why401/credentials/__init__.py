"""Credentials and challenges, decoded: one file a scheme, pure functions over what was sent.

Nothing in here judges whether a credential is good, reads a clock or raises on what the wire
brings: every decoder gives back what it could read together with the ids of what was odd.
"""
