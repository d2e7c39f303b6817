"""One database moved back to the root volume that was kept, and, if the new version has changed the store, to the snapshot from before."""
