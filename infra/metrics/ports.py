"""Where each role serves `/metrics`."""

METRICS_ROLES = ("api", "project", "settle", "feed", "up", "search", "stream", "relay", "odds-api", "uof")
METRICS_PORTS = {role: number for number, role in enumerate(METRICS_ROLES)} | {"notify": 19}
"""Which port after the first each role serves `/metrics` on, the gateway's own left out; a second process does ten ports further."""
METRICS_PORTS_APART = 10
