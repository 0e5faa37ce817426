"""Who is the same, in batch: from a frame of records to persons, by a model that trains itself."""
