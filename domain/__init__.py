"""WHAT IS TRUE: facts, rules, arithmetic.

No I/O, no clock, no randomness, no vendor but msgspec, and numpy in the pricing kernel. Everything here is a pure function or a frozen
value; time and ids arrive in
the command. One folder per aggregate: `facts.py` (what happened), `commands.py` (what may be asked), `decider.py` (the rules).
"""
