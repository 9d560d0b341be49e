"""WHAT WE CHOOSE TO DO: use cases, the ports they need, and the dispatcher (`dispatch`).

May import `domain`. Knows no database, no socket, no view. A use case is a function of a command and its streams.
"""
