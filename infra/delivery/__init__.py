"""Notices outside the page: one file for each channel that carries them to a person, and what they share.

It decides nothing: whether somebody is told, and when, is `domain.notification`. This package carries what was decided, writes down before
and after each attempt what came of it, and never tries twice what may have arrived.
"""
