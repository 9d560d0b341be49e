"""The command line: `slipstream --help`. Built by `app.py` from the operations that `infra/compose.py` provides.

The roles `stream` (push gateway) and `relay` (Kafka) come with the issues that build them.
"""
