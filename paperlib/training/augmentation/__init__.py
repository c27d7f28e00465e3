"""Further training examples made from given ones or from nothing; no test example is ever looked at."""
