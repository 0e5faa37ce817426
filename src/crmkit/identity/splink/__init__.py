"""Splink both ways: our model as its settings and back, the records it needs, and its pairs in our shape."""
