"""Write side: use cases, ports, dispatcher, process managers; also the log audit and the replay and demo drivers.

May import `domain`. Knows no database, no socket, no view. A use case is a function of a command and its streams.
"""
