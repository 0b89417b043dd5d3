"""The writes that carry a rule; each is one transaction, names who and why, and returns the row."""
