"""Faults: the whole product under load on servers of its own, while its processes and servers die, stand still, refuse and misread time."""
