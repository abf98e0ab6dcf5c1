"""Ponton's lab: the same async Rust, awaited from Python as a coroutine."""

try:
    from ._native import *
except ModuleNotFoundError as error:
    # A checkout whose native part is not built: the lab's native Python parts still run.
    if error.name != "ponton._native":
        raise
