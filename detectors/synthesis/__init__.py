"""Made images: surfaces with drawn defects and exact masks."""
