"""What changes the health of pools: reports, and what people do about their findings."""
