"""Who pays for a request: billing modes, packs, and what settlements assign to them."""
