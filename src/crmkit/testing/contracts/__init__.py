"""Contract classes: what every store must keep, one numbered law a test."""
