"""A folder as a page: which of its files hold apps, and those apps at a click."""
