"""What one needs to run the product: its log, whether it is ready, backups. No rule of the evidence belongs here."""
