"""DRAEM: learn to restore, and to see what had to be restored, from made-up defects."""
