"""Rotating credentials: one manifest, and at no moment is anything lost or broken."""
