"""Endpoints of generation."""
