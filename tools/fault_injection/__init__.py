"""The parts of ``tools/faults.py``, one module for each kind of fault."""
