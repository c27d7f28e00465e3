"""What the numbers, dates and times in a text can mean."""
