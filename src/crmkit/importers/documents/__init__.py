"""Orders that come as JSON: from text or values to drafts of orders."""
