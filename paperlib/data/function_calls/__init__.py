"""Tools, function calls, and the public sets of them."""
