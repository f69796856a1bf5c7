"""The thin suit around the core: the only package that imports mitmproxy while traffic flows.

`addon` is the one addon object, `annotate` writes a diagnosis onto a flow, `contentview` shows it,
`exchange` turns a flow into an Exchange, `run` starts mitmproxy, `demo` leads it to the sandbox.
"""
