"""Memory banks of patch features: coresets, exact nearest neighbours, and updates in place."""
