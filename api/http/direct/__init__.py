"""Hot routes, answered past the framework."""
