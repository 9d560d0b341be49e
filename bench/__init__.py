"""How fast it is, always beside a limit or a peer measured in the same run.

Each module measures one figure of the design (`measure(...)` returns raw numbers); `harness` writes them as JSON lines and judges
nothing. A benchmark that measured nothing fails.
"""
