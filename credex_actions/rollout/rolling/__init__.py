"""All databases moved to an AMI, one after the other, the least critical first."""
