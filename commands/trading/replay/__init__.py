"""How a match that was really played is played again: pure functions from a match and a moment to a trader's commands.

`match_steps` lays a match out in time; `match_markets` says which markets a match has and what they cost at a moment; `match_player`
says which commands each step is, when betting stops and when it goes on; `laps` finds where a programme that is played over and over was.
"""
