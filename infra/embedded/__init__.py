"""The servers Slipstream brings along: PostgreSQL and Valkey out of wheels, run by us, with our settings, in a folder of ours.

A server belongs to the process that started it and goes with it; another process that starts the same folder meanwhile is given the
running server. A server whose owner was killed is taken over at the next start, with everything it had committed.
"""
