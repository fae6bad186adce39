"""Worker jobs: where they run, what they can say meanwhile, and how they are stopped."""
