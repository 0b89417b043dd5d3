"""The forms in which people write records: one for each table, with the labels and help of the model."""
