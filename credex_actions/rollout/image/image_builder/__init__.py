"""EC2 Image Builder as the one that makes the AMI: what is defined there, built by it, and removed again. It knows nothing of the boot test that follows."""
