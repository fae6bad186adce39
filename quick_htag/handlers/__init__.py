"""Turn a request into a response; no handler imports another."""
