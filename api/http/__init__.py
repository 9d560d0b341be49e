"""The HTTP API: one package per area, built by `app.py` from ports that are handed to it.

Every answer that is no success is an RFC 9457 problem; `problems.py` has the one table of refusals and statuses.
"""
