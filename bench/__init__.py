"""Benchmarks, each against bare mitmproxy in the same run. `make bench` runs them all."""
