"""Exact, torch-free metrics and thresholds of anomaly detection; higher scores are more anomalous."""
