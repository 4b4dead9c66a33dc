"""What packs and hybrid billing write of a scope."""
