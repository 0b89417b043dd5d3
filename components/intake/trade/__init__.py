"""Customs records and trade statistics: files of any size, checked, into the lake and the table of trade flows."""
