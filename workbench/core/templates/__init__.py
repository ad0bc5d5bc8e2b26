"""Instruction templates: rows of labelled texts or of answered questions put into many natural words.

Source: FLAN (Wei et al. 2022, arXiv 2109.01652): several wordings a task, some turned round, options for classes.
"""
