"""The storage ports in memory: for tests and trials; they pass the same contract suites as the real ones."""
