"""HOW IT IS DONE: Postgres, Valkey, feeds, clocks, processes. The only room with vendors in it.

`compose.py` is the one place where concrete classes are built.
"""
