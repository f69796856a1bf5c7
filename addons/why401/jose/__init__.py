"""Signatures of JSON Web Tokens checked with the keys that are known, and failures told apart.

`keys` parses, `keyring` remembers, `expected` chooses, `variants` knows how secrets are mistaken,
`verify` decides.
"""
