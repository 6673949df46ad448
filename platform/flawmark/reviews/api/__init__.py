"""The endpoints of reviews."""
