"""HOW THE WORLD ASKS: HTTP and the command line.

May import `commands`, `projections` and `domain`. Is handed its adapters by `infra/compose.py`; builds none itself.
"""
