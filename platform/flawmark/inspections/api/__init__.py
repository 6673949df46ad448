"""The HTTP endpoints of inspections."""
