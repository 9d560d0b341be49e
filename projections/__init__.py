"""WHAT PEOPLE SEE: one module per view, how facts change it, and the questions it answers.

May import the facts of `domain`, never its rules. A view turns a fact into changes, which are data; applying them is `infra`'s work.
"""
