"""Matches from the outside world: files of real results, read strictly, and the runner that plays them again live.

`internationals` and `football_data` read files into `commands.trading.replay.match.Match`; `replay_runner` plays many at once by submitting
the same commands that a trader would. How a match is played is decided in `commands/trading/replay`.
"""
