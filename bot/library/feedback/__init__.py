"""Feedback on a person's own words: rules as data, in `content/rules/<language>/`.

Patterns over words find labels, remarks quote what was found. Where nothing is sure, nothing is said. Nothing
of it is kept, and nobody is judged.
"""
