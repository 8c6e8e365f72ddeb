"""Where things are kept. `protocol.py` is all that `runtime` knows of this folder."""
