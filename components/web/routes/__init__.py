"""Pages of likely supply chains: links under review, documented steps, routes with their reasons."""
