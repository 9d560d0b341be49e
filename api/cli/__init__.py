"""The command line: `slipstream --help`. Built by `app.py` over a house that `infra/compose.py` furnishes.

The roles `stream` (push gateway) and `relay` (Kafka) come with the issues that build them.
"""
