"""Read models. A view turns facts into changes; it may be split over several modules, and query modules read it.

May import the facts and the arithmetic of `domain`, never its deciders. Changes are data; `infra` applies them.
"""
