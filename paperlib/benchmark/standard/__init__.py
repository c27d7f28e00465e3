"""EdgeJSON standard: records realised in eight kinds of text, every value derived again from text and schema alone."""
