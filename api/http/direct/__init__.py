"""Hot routes, answered without the framework."""
