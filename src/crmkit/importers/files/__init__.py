"""What a file holds: from bytes to tables of text, whatever they are packed in."""
