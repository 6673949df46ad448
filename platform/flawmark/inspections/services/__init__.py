"""Scoring, bands, predicted masks, thresholds from stored inspections, and live updates."""
