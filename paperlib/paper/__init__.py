"""Figures, tables and numbers of the paper. They print and draw records and compute no statistic."""
