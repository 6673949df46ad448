"""Writes of generation: runs, candidates, decisions, reports."""
