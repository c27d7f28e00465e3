"""EdgeFuncCall: generates tools and requests to them, with the calls that are right."""
