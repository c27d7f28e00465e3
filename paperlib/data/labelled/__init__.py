"""Labelled documents that people bring: how they are read, the schema they follow, the part held out for a test."""
