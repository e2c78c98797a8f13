"""Exams: runs whose questions have labels, lengths and forms of their own."""
