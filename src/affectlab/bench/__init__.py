"""Benchmarks: samples, tasks, the runner, statistics and reports; one package per benchmark."""
