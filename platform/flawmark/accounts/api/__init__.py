"""The HTTP endpoints of accounts."""
