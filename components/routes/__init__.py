"""From linked shipments to likely supply chains: probabilities with intervals, never a finding."""
