"""The page of each kind of record, with what belongs to it, for the eyes of the person who asks."""
