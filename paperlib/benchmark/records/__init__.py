"""Records of every schema, drawn from word lists: what the texts of the benchmark tell."""
