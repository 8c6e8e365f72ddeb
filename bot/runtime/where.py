"""Tells where an error arose, without telling what a person wrote."""

from __future__ import annotations


def where_of(error: BaseException) -> str:
    """Return file and line where an error arose: enough to find it, and nothing a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', maxsplit=1)[-1]}:{trace.tb_lineno}"
