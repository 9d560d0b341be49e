"""How fast it is, always beside a limit or a peer measured in the same run.

Each module measures one figure of the design (`measure(...)`), `run` gives it servers and says what the figure is held against,
`harness` writes JSON lines.
"""
