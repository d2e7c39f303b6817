"""Prepares the documentation site: which files are its pages, where their links lead there, and its navigation. script/docs builds it."""
