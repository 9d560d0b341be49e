"""Matches from the outside world: files of real results, read strictly, and played again live through the one door.

`internationals` and `football_data` read files into `match.Match`; `timeline` lays a match out in time; `offer` says which markets a match
has and what they cost at a moment; `replay` plays many at once by submitting the same commands that a trader would.
"""
