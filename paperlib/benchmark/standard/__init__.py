"""EdgeJSON ``standard``: records told in eight kinds of text, every value re-derived from text and schema alone."""
