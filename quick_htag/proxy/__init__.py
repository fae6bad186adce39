"""Passes requests on to other servers and their answers back."""
