"""The pure heart: what a flow is, and what happens next in one.

Standard library only; no clock, no randomness, no waiting, no words sent. Read `model.py` first.
"""
