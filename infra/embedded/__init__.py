"""The embedded servers: PostgreSQL and Valkey from wheels, started by Slipstream with its own settings, in the data folder.

A server belongs to the process that started it and goes with it; another process that starts the same folder meanwhile is given the
running server. A server whose owner was killed is taken over at the next start, with everything it had committed.
"""
