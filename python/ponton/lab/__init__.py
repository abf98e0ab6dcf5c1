"""Lazy and eager, side by side: scenarios whose every event was recorded while the code ran."""
