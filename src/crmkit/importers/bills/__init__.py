"""Bills of payment services: from rows to entries."""
