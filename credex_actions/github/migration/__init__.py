"""Rewrites workflows that use the aws-actions: `counterparts` is the table, `rewriting` turns a file into edits, `migrating` reads and writes files."""
