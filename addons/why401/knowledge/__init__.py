"""What why401 knows: rules, code tables and fingerprints of servers, as they stand under `rules/`.

`rule` is the shape of a rule file; `read` reads a folder, `cache` keeps it compiled, `load` lays
the user's over the built-in ones. At work in `base`: `index` finds what to try, `match` tries it,
`fingerprints` and `codes` are asked beside it. `words` puts facts into sentences. For authors:
`check`, `lint`, `cases`, `schema`.
"""
