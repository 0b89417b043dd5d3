"""The pages of the trade lake."""
