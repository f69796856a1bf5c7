"""The thin suit around the core: the only package that imports mitmproxy while traffic flows.

`addon` is the one addon object, `session` what it does once the proxy listens: `exchange` turns a
flow into an Exchange, `witness` knows what mitmproxy changed about it, `annotate` writes the
diagnosis onto the flow, `contentview` shows it, `export` writes flows as a HAR. `run` starts
mitmproxy, `demo` leads it to the sandbox.
"""
