"""Readiness: one look a second at the log, the views, the process managers and the clocks, compared with bounds.

a thread, once a second --look--> Sample --checks_of--> checks with their bounds and words --> /readyz, /metrics, refusing to serve
"""

from infra.readiness.checks import Bounds
from infra.readiness.watch import Readiness

__all__ = ["Bounds", "Readiness"]
